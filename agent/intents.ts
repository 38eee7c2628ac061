// SPDX-License-Identifier: MIT
import type { z } from 'zod';

import { type IntentName, intentNameSchema, INTENTS } from '../protocol/bridge.ts';
import { parseAt } from '../protocol/errors.ts';

type Parsed<N extends IntentName> = z.output<(typeof INTENTS)[N]['request']>;

/** What is done for each intent, with a request that has been parsed. */
export type IntentHandlers = {
  readonly [N in IntentName]: (request: Parsed<N>) => Promise<z.input<(typeof INTENTS)[N]['response']>>;
};

async function run<N extends IntentName>(
  name: N,
  request: unknown,
  handlers: IntentHandlers,
): Promise<unknown> {
  const schema: z.ZodType = INTENTS[name].request;
  const parsed = parseAt(schema, request ?? {}, `The request "${name}"`) as Parsed<N>;
  return handlers[name](parsed);
}

/**
 * Parses an intent where it enters, and runs it.
 * @throws {LullError} `invalid_request`, or what the handler throws
 */
export function runIntent(name: string, request: unknown, handlers: IntentHandlers): Promise<unknown> {
  return run(parseAt(intentNameSchema, name, 'The name of the request'), request, handlers);
}
