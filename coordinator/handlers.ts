// SPDX-License-Identifier: MIT
import type { RouteName, RouteOutput, RouteRequest } from '../protocol/coordinator-api.ts';

/** What answers a route. The request is parsed and its signature checked; the signal ends when the caller hangs up. */
export type Handler<N extends RouteName> = (
  request: RouteRequest<N>,
  signal: AbortSignal,
) => Promise<RouteOutput<N>>;

export type Handlers<N extends RouteName = RouteName> = { readonly [K in N]: Handler<K> };
