// SPDX-License-Identifier: MIT
import { LullError, toError } from '../../protocol/errors.ts';

/** Why an address could not be listened on, as a sentence that says what to do. */
export function listenFailure(thrown: unknown, host: string, port: number): unknown {
  const error = toError(thrown);
  const code = 'code' in error ? error.code : undefined;
  const details = { host, port };
  const failures: Partial<Record<string, LullError>> = {
    EADDRINUSE: new LullError(
      'port_in_use',
      `Port ${port} on ${host} is taken by another program: stop that program, or choose another port ` +
        `with --listen ${host}:PORT (port 0 takes any that is free).`,
      { details, cause: error },
    ),
    EACCES: new LullError(
      'invalid_request',
      `This user may not listen on port ${port}: choose a port above 1023 with --listen ${host}:PORT.`,
      { details, cause: error },
    ),
    EADDRNOTAVAIL: new LullError(
      'invalid_request',
      `${host} is not an address of this computer: listen on 127.0.0.1, on 0.0.0.0, or on one that is.`,
      { details, cause: error },
    ),
    ENOTFOUND: new LullError(
      'invalid_request',
      `Nobody knows a computer called ${host}: listen on 127.0.0.1, on 0.0.0.0, or on an address of this computer.`,
      { details, cause: error },
    ),
  };
  return (typeof code === 'string' ? failures[code] : undefined) ?? thrown;
}
