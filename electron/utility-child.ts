// SPDX-License-Identifier: MIT
import { pathToFileURL } from 'node:url';

import { speakAsForkedChild } from './parent-port.ts';

await import(pathToFileURL(speakAsForkedChild(process, process.parentPort)).href);
