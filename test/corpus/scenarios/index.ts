// SPDX-License-Identifier: MIT
import type { Scenario } from '../packages.ts';
import { data } from './data.ts';
import { languages } from './languages.ts';
import { pictures } from './pictures.ts';
import { worlds } from './worlds.ts';

export const SCENARIOS: readonly Scenario[] = [...data, ...languages, ...pictures, ...worlds];
