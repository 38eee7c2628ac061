// SPDX-License-Identifier: MIT
import { z } from 'zod';

/**
 * Every failure that crosses a process has one of these codes. The value is the HTTP status used where the
 * failure crosses HTTP.
 */
export const ERROR_STATUS = {
  /** The bytes are not what the schema says; `details.issues` names each place. */
  invalid_request: 400,
  /** A job file or submission that cannot be run as written; says which field and what to write instead. */
  invalid_job: 400,
  /** The module is not valid WebAssembly, or needs a feature that Lull refuses by name. */
  invalid_module: 422,
  /** The request is not signed, or the signature is not by the key it names. */
  bad_signature: 401,
  /** The request's time is too far from the coordinator's; `details.serverTime` says what it is. */
  clock_skew: 401,
  /** This very request was already seen; nothing was done again. */
  replayed_request: 409,
  /** The key is known but may not do this. */
  forbidden: 403,
  unknown_device: 404,
  unknown_job: 404,
  unknown_attempt: 404,
  unknown_blob: 404,
  unknown_receipt: 404,
  not_found: 404,
  /** The lease ran out and the task went to another device. */
  lease_expired: 409,
  /** The attempt is another device's. */
  not_the_holder: 403,
  /** The attempt already has a different result; the first one stands. */
  already_reported: 409,
  /** The job was cancelled or has ended. */
  job_ended: 409,
  /** Bytes do not have the hash they were sent under; nothing was stored. */
  blob_hash_mismatch: 422,
  too_large: 413,
  /** The account has less than the job may cost at most. */
  insufficient_credits: 402,
  rate_limited: 429,
  /** The disk is full; nothing was changed. */
  disk_full: 507,
  /** The database was written by a newer Lull. */
  database_too_new: 500,
  /** Another process has the database or the data folder open. */
  already_open: 409,
  /** The TCP port is taken by another program. */
  port_in_use: 409,
  /** Nobody answers at that address. */
  unreachable: 503,
  /** The coordinator contradicted its own ledger; evidence is kept. */
  ledger_contradiction: 409,
  /** No agent runs with this data folder. */
  agent_not_running: 503,
  shutting_down: 503,
  internal: 500,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

export const errorCodeSchema = z.enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]);

/** How a failure looks on any wire. `message` is a whole sentence that says what to do. */
export const wireErrorSchema = z.object({
  code: errorCodeSchema,
  message: z.string().min(1).max(4000),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type WireError = z.infer<typeof wireErrorSchema>;

/** The one failure class that may cross a process: rebuilt on the far side by `fromWire`. */
export class LullError extends Error {
  override readonly name = 'LullError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }

  toWire(): WireError {
    return { code: this.code, message: this.message, details: { ...this.details } };
  }

  static fromWire(wire: WireError): LullError {
    return new LullError(wire.code, wire.message, { details: wire.details ?? {} });
  }
}

/** Anything that was thrown, as an Error. */
export const toError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));

/** Anything that was thrown, as what may cross a wire. An unexpected failure keeps its message out of it. */
export function toWireError(thrown: unknown): WireError {
  if (thrown instanceof LullError) return thrown.toWire();
  return { code: 'internal', message: 'Something failed inside Lull; the log has the details.' };
}

/**
 * Parses what came over a boundary.
 * @param what names the thing for people: "the job file"
 * @throws {LullError} `invalid_request`, or the given code, naming each wrong field.
 */
export function parseAt<S extends z.ZodType>(
  schema: S,
  value: unknown,
  what: string,
  code: ErrorCode = 'invalid_request',
): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => ({
    path: issue.path.map(String).join('.'),
    message: issue.message,
  }));
  const first = issues[0];
  const where = first === undefined || first.path === '' ? '' : ` at "${first.path}"`;
  throw new LullError(code, `${what} is not valid${where}: ${first?.message ?? 'unknown problem'}.`, {
    details: { issues: issues.slice(0, 20) },
    cause: parsed.error,
  });
}
