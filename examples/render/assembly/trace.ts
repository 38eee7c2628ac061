// SPDX-License-Identifier: MIT
// A path tracer without objects: the current ray, hit and light travel in globals, so nothing is allocated
// while it works.
import { random } from '../../lib/random';
import { floor, GLASS, GLOSS, light, MATTE, METAL, sky, sphereCount, spheres, STRIDE } from './scene';

const NEAR: f64 = 1e-4;
const FAR: f64 = 1e9;
const DEEPEST = 12;
/** What one sample may add after its first bounce: keeps rare paths from becoming white dots. */
const BRIGHTEST: f64 = 6;
const HAZE: f64 = 1 / 40.0;

const NOTHING = -1;
const FLOOR = -2;
const LIGHT = -3;

let ox: f64 = 0;
let oy: f64 = 0;
let oz: f64 = 0;
let dx: f64 = 0;
let dy: f64 = 0;
let dz: f64 = 0;

let distance: f64 = 0;
let nx: f64 = 0;
let ny: f64 = 0;
let nz: f64 = 0;

let throughputR: f64 = 1;
let throughputG: f64 = 1;
let throughputB: f64 = 1;

export let red: f64 = 0;
export let green: f64 = 0;
export let blue: f64 = 0;

/** The nearest sphere before `limit`; its distance goes to `distance`. */
function nearestSphere(limit: f64): i32 {
  let found = NOTHING;
  distance = limit;
  const end = sphereCount * STRIDE;
  for (let at = 0; at < end; at += STRIDE) {
    const cx = ox - unchecked(spheres[at]);
    const cy = oy - unchecked(spheres[at + 1]);
    const cz = oz - unchecked(spheres[at + 2]);
    const radius = unchecked(spheres[at + 3]);
    const b = cx * dx + cy * dy + cz * dz;
    const c = cx * cx + cy * cy + cz * cz - radius * radius;
    const inside = b * b - c;
    if (inside <= 0) continue;
    const root = Math.sqrt(inside);
    let t = -b - root;
    if (t < NEAR) t = root - b;
    if (t >= NEAR && t < distance) {
      distance = t;
      found = at;
    }
  }
  return found;
}

function nearest(): i32 {
  let found = nearestSphere(FAR);
  if (dy < 0) {
    const t = -oy / dy;
    if (t > NEAR && t < distance) {
      distance = t;
      found = FLOOR;
    }
  } else if (dy > 0) {
    const t = (light[1] - oy) / dy;
    if (t > NEAR && t < distance) {
      const x = ox + t * dx - light[0];
      const z = oz + t * dz - light[2];
      if (Math.abs(x) < light[3] && Math.abs(z) < light[4]) {
        distance = t;
        found = LIGHT;
      }
    }
  }
  return found;
}

function add(r: f64, g: f64, b: f64, limit: f64): void {
  red += Math.min(throughputR * r, limit);
  green += Math.min(throughputG * g, limit);
  blue += Math.min(throughputB * b, limit);
}

function addSky(limit: f64): void {
  const up = Math.sqrt(Math.max(dy, 0));
  const r = sky[0] + (sky[3] - sky[0]) * up;
  const g = sky[1] + (sky[4] - sky[1]) * up;
  const b = sky[2] + (sky[5] - sky[2]) * up;
  add(r, g, b, limit);
}

/** Light that comes straight from the lamp to a matte point with this albedo. */
function addLamp(r: f64, g: f64, b: f64, limit: f64): void {
  const lx = light[0] + (random() * 2 - 1) * light[3] - ox;
  const ly = light[1] - oy;
  const lz = light[2] + (random() * 2 - 1) * light[4] - oz;
  const square = lx * lx + ly * ly + lz * lz;
  const far = Math.sqrt(square);
  const cosine = (lx * nx + ly * ny + lz * nz) / far;
  if (cosine <= 0 || ly <= 0) return;
  const keepX = dx;
  const keepY = dy;
  const keepZ = dz;
  dx = lx / far;
  dy = ly / far;
  dz = lz / far;
  const hidden = nearestSphere(far - NEAR) != NOTHING;
  dx = keepX;
  dy = keepY;
  dz = keepZ;
  if (hidden) return;
  const weight = (cosine * (ly / far) * 4 * light[3] * light[4]) / (square * Math.PI);
  add(r * light[5] * weight, g * light[6] * weight, b * light[7] * weight, limit);
}

function mirror(): void {
  const twice = 2 * (dx * nx + dy * ny + dz * nz);
  dx -= twice * nx;
  dy -= twice * ny;
  dz -= twice * nz;
}

function normalise(): void {
  const scale = 1 / Math.sqrt(dx * dx + dy * dy + dz * dz);
  dx *= scale;
  dy *= scale;
  dz *= scale;
}

/** Adds a random point of the unit ball, scaled, to the direction. */
function roughen(amount: f64): void {
  let x: f64, y: f64, z: f64;
  do {
    x = random() * 2 - 1;
    y = random() * 2 - 1;
    z = random() * 2 - 1;
  } while (x * x + y * y + z * z > 1);
  dx += x * amount;
  dy += y * amount;
  dz += z * amount;
  normalise();
}

/** A direction around the normal, more often the closer to it (Lambert's cosine law). */
function scatter(): void {
  const turn = 2 * Math.PI * random();
  const height = random() * 2 - 1;
  const ring = Math.sqrt(1 - height * height);
  dx = nx + ring * Math.cos(turn);
  dy = ny + ring * Math.sin(turn);
  dz = nz + height;
  if (dx * dx + dy * dy + dz * dz < 1e-12) {
    dx = nx;
    dy = ny;
    dz = nz;
  }
  normalise();
}

/** Schlick's share of mirrored light. */
function mirrored(base: f64, cosine: f64): f64 {
  const x = 1 - cosine;
  const x2 = x * x;
  return base + (1 - base) * x2 * x2 * x;
}

function tint(r: f64, g: f64, b: f64): void {
  throughputR *= r;
  throughputG *= g;
  throughputB *= b;
}

function refract(index: f64, r: f64, g: f64, b: f64): void {
  const cosine = dx * nx + dy * ny + dz * nz;
  const entering = cosine < 0;
  const ratio = entering ? 1 / index : index;
  const side: f64 = entering ? 1 : -1;
  const straight = Math.abs(cosine);
  const bent = 1 - ratio * ratio * (1 - straight * straight);
  const base = (1 - index) / (1 + index);
  const along = entering ? straight : Math.sqrt(Math.max(bent, 0));
  if (bent <= 0 || random() < mirrored(base * base, along)) {
    mirror();
    return;
  }
  if (entering) tint(r, g, b);
  const scale = side * (ratio * straight - Math.sqrt(bent));
  dx = dx * ratio + nx * scale;
  dy = dy * ratio + ny * scale;
  dz = dz * ratio + nz * scale;
  normalise();
}

/** Follows one path from the eye and leaves the light it brings in `red`, `green`, `blue`. */
export function trace(x: f64, y: f64, z: f64, toX: f64, toY: f64, toZ: f64): void {
  ox = x;
  oy = y;
  oz = z;
  dx = toX;
  dy = toY;
  dz = toZ;
  red = green = blue = 0;
  throughputR = throughputG = throughputB = 1;
  let seesLamp = true;
  let limit = FAR;
  for (let depth = 0; depth < DEEPEST; depth++) {
    const hit = nearest();
    if (hit == NOTHING) return addSky(limit);
    if (hit == LIGHT) {
      if (seesLamp) add(light[5], light[6], light[7], limit);
      return;
    }
    if (hit == FLOOR && random() < 1 - Math.exp(-Math.max(distance - 12, 0) * HAZE)) {
      dy = 0;
      return addSky(limit);
    }
    ox += dx * distance;
    oy += dy * distance;
    oz += dz * distance;

    let kind = GLOSS;
    let r: f64, g: f64, b: f64;
    let extra: f64 = 0;
    if (hit == FLOOR) {
      nx = nz = 0;
      ny = 1;
      oy = 0;
      const even = ((<i32>Math.floor(ox * 0.8) + <i32>Math.floor(oz * 0.8)) & 1) == 0;
      const from = even ? 0 : 3;
      r = floor[from];
      g = floor[from + 1];
      b = floor[from + 2];
      extra = 0.03;
    } else {
      const inverse = 1 / unchecked(spheres[hit + 3]);
      nx = (ox - unchecked(spheres[hit])) * inverse;
      ny = (oy - unchecked(spheres[hit + 1])) * inverse;
      nz = (oz - unchecked(spheres[hit + 2])) * inverse;
      kind = unchecked(spheres[hit + 4]);
      r = unchecked(spheres[hit + 5]);
      g = unchecked(spheres[hit + 6]);
      b = unchecked(spheres[hit + 7]);
      extra = unchecked(spheres[hit + 8]);
    }

    if (kind == GLASS) {
      refract(extra, r, g, b);
      seesLamp = true;
    } else if (kind == METAL) {
      tint(r, g, b);
      mirror();
      if (extra > 0) roughen(extra);
      if (dx * nx + dy * ny + dz * nz <= 0) return;
      seesLamp = true;
    } else if (kind != MATTE && random() < mirrored(0.04, -(dx * nx + dy * ny + dz * nz))) {
      mirror();
      if (extra > 0) roughen(extra);
      if (dx * nx + dy * ny + dz * nz <= 0) return;
      seesLamp = true;
    } else {
      addLamp(r, g, b, limit);
      tint(r, g, b);
      scatter();
      seesLamp = false;
      limit = BRIGHTEST;
    }

    if (depth > 3) {
      const survive = Math.min(Math.max(throughputR, Math.max(throughputG, throughputB)), 0.95);
      if (random() >= survive) return;
      tint(1 / survive, 1 / survive, 1 / survive);
    }
  }
}
