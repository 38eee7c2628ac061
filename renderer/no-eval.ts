// SPDX-License-Identifier: MIT
import { config } from 'zod';

// Before any schema is made: otherwise zod tries to compile one, which the page's CSP forbids and reports.
config({ jitless: true });
