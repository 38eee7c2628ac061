// SPDX-License-Identifier: MIT
import { Reader } from '../../lib/reader';
import { Words } from '../../lib/words';

export const MATTE: f64 = 0;
export const GLOSS: f64 = 1;
export const METAL: f64 = 2;
export const GLASS: f64 = 3;

/** Numbers a sphere takes in `spheres`: x y z radius, material, red green blue, roughness or refraction. */
export const STRIDE: i32 = 9;
const MOST_SPHERES = 256;

export let width: i32 = 0;
export let height: i32 = 0;
export let tileWidth: i32 = 0;
export let tileHeight: i32 = 0;
/** Samples of a pixel are this many rows of this many columns. */
export let grid: i32 = 0;

export let sphereCount: i32 = 0;
export const spheres = new StaticArray<f64>(MOST_SPHERES * STRIDE);
/** eye x y z, target x y z, vertical angle of view in degrees, lens radius */
export const camera = new StaticArray<f64>(8);
/** horizon red green blue, zenith red green blue */
export const sky = new StaticArray<f64>(6);
/** centre x y z, half width, half depth, red green blue; it shines downwards */
export const light = new StaticArray<f64>(8);
/** red green blue of the two kinds of tiles; the floor lies at y = 0 */
export const floor = new StaticArray<f64>(6);

function numbers(words: Words, into: StaticArray<f64>, at: i32, count: i32): void {
  for (let i = 0; i < count; i++) into[at + i] = words.number();
}

function material(name: string): f64 {
  if (name == 'matte') return MATTE;
  if (name == 'gloss') return GLOSS;
  if (name == 'metal') return METAL;
  if (name == 'glass') return GLASS;
  return unreachable();
}

/** Reads the scene's text; a word that it does not know traps. */
export function readScene(input: Reader): void {
  const words = new Words(input);
  for (let word = words.next(); word.length > 0; word = words.next()) {
    if (word == 'size') {
      width = <i32>words.number();
      height = <i32>words.number();
    } else if (word == 'tile') {
      tileWidth = <i32>words.number();
      tileHeight = <i32>words.number();
    } else if (word == 'samples') {
      grid = <i32>Math.round(Math.sqrt(words.number()));
    } else if (word == 'camera') numbers(words, camera, 0, 8);
    else if (word == 'sky') numbers(words, sky, 0, 6);
    else if (word == 'light') numbers(words, light, 0, 8);
    else if (word == 'floor') numbers(words, floor, 0, 6);
    else if (word == 'sphere') {
      const at = sphereCount * STRIDE;
      numbers(words, spheres, at, 4);
      spheres[at + 4] = material(words.next());
      numbers(words, spheres, at + 5, 4);
      sphereCount++;
    } else unreachable();
  }
}
