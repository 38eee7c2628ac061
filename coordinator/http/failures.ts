// SPDX-License-Identifier: MIT
import { ERROR_STATUS, LullError, toError, type WireError } from '../../protocol/errors.ts';

interface FailureAnswer {
  readonly status: number;
  readonly body: WireError;
  /** true: nobody expected this, so the log must have it */
  readonly unexpected: boolean;
}

const answerOf = (error: LullError): FailureAnswer => ({
  status: ERROR_STATUS[error.code],
  body: error.toWire(),
  unexpected: false,
});

export const shuttingDown = (): LullError =>
  new LullError('shutting_down', 'The coordinator is shutting down: try again in a moment.');

export const notFound = (method: string, path: string): LullError =>
  new LullError('not_found', `There is no ${method} ${path} here: /openapi.json lists every route.`);

/**
 * How anything that was thrown while a request was served is answered.
 * @param hungUp whether the request was ended from outside: the caller left, or the server closes
 */
export function failureAnswer(thrown: unknown, requestId: string, hungUp: boolean): FailureAnswer {
  if (thrown instanceof LullError) return answerOf(thrown);
  if (hungUp) return answerOf(shuttingDown());
  const { status, code } = httpFault(thrown);
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return answerOf(
      new LullError(
        'too_large',
        'The body of the request is larger than this route takes: send less at once.',
      ),
    );
  }
  if (status >= 400 && status < 500) {
    return answerOf(
      new LullError(
        'invalid_request',
        `The request is not valid HTTP for this route: ${toError(thrown).message}.`,
      ),
    );
  }
  return {
    status: ERROR_STATUS.internal,
    body: {
      code: 'internal',
      message: `Something failed inside the coordinator; its log has the details under request ${requestId}.`,
      details: { requestId },
    },
    unexpected: true,
  };
}

/** What fastify says of a request that it refused by itself. */
function httpFault(thrown: unknown): { status: number; code: string } {
  if (!(thrown instanceof Error)) return { status: 0, code: '' };
  const fault = thrown as { statusCode?: unknown; code?: unknown };
  return {
    status: typeof fault.statusCode === 'number' ? fault.statusCode : 0,
    code: typeof fault.code === 'string' ? fault.code : '',
  };
}
