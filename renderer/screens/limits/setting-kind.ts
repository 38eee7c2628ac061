// SPDX-License-Identifier: MIT
import { z } from 'zod';

import { type PatchKey, settingDoc, type Settings, settingsShape } from '../../../protocol/settings.ts';

type KeyOf<T> = { [K in PatchKey]: Settings[K] extends T ? K : never }[PatchKey];
/** A setting that is on or off. */
export type BooleanKey = KeyOf<boolean>;
/** A setting that is a number, or not set. */
export type NumberKey = KeyOf<number | null>;

const schemaOf = (key: PatchKey): z.ZodType => settingsShape[key].unwrap();
const numberOf = (key: PatchKey): z.ZodNumber | undefined => {
  const schema = schemaOf(key);
  const inner = schema instanceof z.ZodNullable ? schema.unwrap() : schema;
  return inner instanceof z.ZodNumber ? inner : undefined;
};

export const isBooleanKey = (key: PatchKey): key is BooleanKey => schemaOf(key) instanceof z.ZodBoolean;
export const isNumberKey = (key: PatchKey): key is NumberKey => numberOf(key) !== undefined;

interface NumberKind {
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
  /** may be left empty */
  readonly nullable: boolean;
}

/** What values a setting may have, as its schema says. */
export function numberKind(key: NumberKey): NumberKind {
  const number = numberOf(key);
  return {
    min: number?.minValue ?? 0,
    max: number?.maxValue ?? Number.MAX_SAFE_INTEGER,
    whole: number?.isInt ?? false,
    nullable: schemaOf(key) instanceof z.ZodNullable,
  };
}

/** Whether such a value may be set. */
export const isAllowed = (key: NumberKey, value: number | null): boolean =>
  schemaOf(key).safeParse(value).success;

const PERCENT = Array.from({ length: 21 }, (_, index) => index * 5);
const MINUTES = [1, 2, 3, 4, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240];
const DECADES = [0.1, 1, 10, 100, 1000, 10_000, 100_000, 1_000_000];
/** 0, 0.1, 0.2, 0.5, 1, 2, 5, 10, … */
const SERIES = [
  0,
  ...DECADES.flatMap((decade) => [1, 2, 5].map((digit) => Number((digit * decade).toFixed(1)))),
];

const BY_UNIT: Readonly<Record<string, readonly number[]>> = {
  '%': PERCENT,
  min: MINUTES,
  GB: SERIES,
  'kB/s': SERIES,
};

/** The values that a person would choose from with a slider; undefined: it is better written. */
export function stepsOf(key: NumberKey): number[] | undefined {
  const steps = BY_UNIT[settingDoc(key).unit ?? ''];
  if (steps === undefined || numberKind(key).nullable) return undefined;
  return steps.filter((step) => isAllowed(key, step));
}

/** The steps with the value that is really set among them, so that what is shown is always true. */
export function stepsWith(steps: readonly number[], value: number): number[] {
  return steps.includes(value) ? [...steps] : [...steps, value].sort((a, b) => a - b);
}
