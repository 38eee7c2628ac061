// SPDX-License-Identifier: MIT
import { z } from 'zod';

import { API_VERSION, type Route, type RouteName, ROUTES } from '../../protocol/coordinator-api.ts';
import { ERROR_STATUS, wireErrorSchema } from '../../protocol/errors.ts';
import { AUTH_HEADER } from '../../protocol/request-auth.ts';

type Json = Record<string, unknown>;

/** JSON Schema 2020-12, which is what OpenAPI 3.1 speaks. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const described = z.toJSONSchema(schema, { io, target: 'draft-2020-12' }) as Json;
  delete described['$schema'];
  return described;
}

const BINARY = { 'application/octet-stream': {} };
const content = (body: z.ZodType | 'bytes', io: 'input' | 'output'): Json =>
  body === 'bytes' ? BINARY : { 'application/json': { schema: jsonSchema(body, io) } };

function parameters(schema: z.ZodObject | undefined, where: 'path' | 'query'): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Json;
    required?: string[];
  };
  return Object.entries(properties).map(([name, of]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: of,
  }));
}

const failure = (description: string): Json => ({
  description,
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
});

function operation(name: RouteName, route: Route): Json {
  const found = { description: route.summary, content: content(route.response, 'output') };
  const partial = { description: 'The range that was asked for', content: BINARY };
  const isBlob = route.response === 'bytes';
  return {
    operationId: name,
    summary: route.summary,
    ...(route.signer === 'none'
      ? {}
      : { security: [{ signed: [] }], description: `Signed by: ${route.signer}.` }),
    parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query')],
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: content(route.body, 'input') } }),
    responses: {
      200: found,
      ...(isBlob ? { 206: partial, 416: failure('The range is outside the blob') } : {}),
      default: failure('A failure: its code says which, its message what to do'),
    },
  };
}

/** The description of every route in ROUTES, as OpenAPI 3.1. */
export function openApi(): Json {
  const paths: Record<string, Json> = {};
  for (const [name, route] of Object.entries(ROUTES) as [RouteName, Route][]) {
    const path = route.path.replaceAll(/:([a-z]+)/gi, '{$1}');
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(name, route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Lull coordinator',
      version: String(API_VERSION),
      license: { name: 'MIT', identifier: 'MIT' },
      description:
        `Failures are {code, message, details}; the codes and their HTTP status: ` +
        `${Object.entries(ERROR_STATUS)
          .map(([code, status]) => `${code} ${status}`)
          .join(', ')}.`,
    },
    paths,
    components: {
      schemas: { Error: jsonSchema(wireErrorSchema, 'output') },
      securitySchemes: {
        signed: {
          type: 'apiKey',
          in: 'header',
          name: AUTH_HEADER,
          description:
            'base64url of JSON {key, at, nonce, signature}: an Ed25519 signature over "lull.request.1", a line feed ' +
            'and the canonical JSON (RFC 8785) of {at, body, method, nonce, path}, body being the hex SHA-256 of the ' +
            "request's body and path the path with its query, as sent.",
        },
      },
    },
  };
}

let text: string | undefined;
/** The same, as it is served; made on first use. */
export const openApiText = (): string => (text ??= JSON.stringify(openApi()));
