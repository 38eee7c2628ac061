// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { openApi } from '../../../coordinator/http/openapi.ts';
import { type Route, type RouteName, ROUTES } from '../../../protocol/coordinator-api.ts';
import { httpTestServer } from '../../support/http-test-server.ts';

const contentSchema = z.record(
  z.string(),
  z.strictObject({ schema: z.record(z.string(), z.unknown()).optional() }),
);
const responseSchema = z.strictObject({ description: z.string().min(1), content: contentSchema });
const operationSchema = z.strictObject({
  operationId: z.string(),
  summary: z.string().min(1),
  description: z.string().optional(),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  parameters: z.array(
    z.strictObject({
      name: z.string(),
      in: z.enum(['path', 'query']),
      required: z.boolean(),
      schema: z.record(z.string(), z.unknown()),
    }),
  ),
  requestBody: z.strictObject({ required: z.boolean(), content: contentSchema }).optional(),
  responses: z.record(z.string().regex(/^([1-5][0-9][0-9]|default)$/), responseSchema),
});

/** The part of OpenAPI 3.1.0 that we use: https://spec.openapis.org/oas/v3.1.0 */
const documentSchema = z.strictObject({
  openapi: z.literal('3.1.0'),
  info: z.strictObject({
    title: z.string(),
    version: z.string(),
    description: z.string(),
    license: z.strictObject({ name: z.string(), identifier: z.string() }),
  }),
  paths: z.record(
    z.string().startsWith('/'),
    z.partialRecord(z.enum(['get', 'post', 'put']), operationSchema),
  ),
  components: z.strictObject({
    schemas: z.record(z.string(), z.record(z.string(), z.unknown())),
    securitySchemes: z.record(
      z.string(),
      z.strictObject({
        type: z.literal('apiKey'),
        in: z.literal('header'),
        name: z.string(),
        description: z.string(),
      }),
    ),
  }),
});

const document = documentSchema.parse(openApi());
const routes = Object.entries(ROUTES) as [RouteName, Route][];

const operationOf = (route: Route): z.infer<typeof operationSchema> => {
  const path = route.path.replaceAll(/:([a-z]+)/gi, '{$1}');
  const operation = document.paths[path]?.[route.method.toLowerCase() as 'get'];
  if (operation === undefined) throw new Error(`${route.method} ${path} is not described`);
  return operation;
};

const refsIn = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : refsIn(inner),
  );
};

describe('the OpenAPI description', () => {
  test.each(routes)('has %s with its parameters, body, answer and signer', (name, route) => {
    const operation = operationOf(route);
    expect(operation.operationId).toBe(name);
    expect(operation.security !== undefined).toBe(route.signer !== 'none');
    expect(operation.requestBody !== undefined).toBe(route.body !== undefined);
    const named = (where: string): string[] =>
      operation.parameters.filter((it) => it.in === where).map((it) => it.name);
    expect(named('path')).toEqual(Object.keys(route.params?.shape ?? {}));
    expect(named('query')).toEqual(Object.keys(route.query?.shape ?? {}));
    const inPath = [...route.path.matchAll(/:([a-z]+)/gi)].map((match) => match[1]);
    expect(named('path')).toEqual(inPath);
    const type = route.response === 'bytes' ? 'application/octet-stream' : 'application/json';
    expect(Object.keys(operation.responses['200']?.content ?? {})).toEqual([type]);
    expect(operation.responses['default']).toBeDefined();
  });

  test('has no route that is not there', () => {
    const described = Object.values(document.paths).flatMap((path) => Object.values(path));
    expect(described.length).toBe(routes.length);
  });

  test('names only schemas and security schemes that it has', () => {
    for (const ref of refsIn(document)) {
      expect(ref).toMatch(/^#\/components\/schemas\//);
      expect(Object.keys(document.components.schemas)).toContain(ref.split('/').at(-1));
    }
    for (const path of Object.values(document.paths)) {
      for (const operation of Object.values(path)) {
        for (const name of (operation?.security ?? []).flatMap((scheme) => Object.keys(scheme))) {
          expect(Object.keys(document.components.securitySchemes)).toContain(name);
        }
      }
    }
  });

  test('says what may be left out of a request, and what is always in an answer', () => {
    const entries = operationOf(ROUTES.ledgerEntries).parameters;
    expect(entries.map(({ name, required }) => [name, required])).toEqual([
      ['from', false],
      ['limit', false],
    ]);
    const inclusion = operationOf(ROUTES.ledgerInclusion).parameters;
    expect(inclusion.every(({ required }) => required)).toBe(true);
    expect(inclusion.every(({ schema }) => schema['type'] === 'integer')).toBe(true);
  });

  test('has schemas that a reader of JSON Schema takes, and that take what our own schemas take', () => {
    const report = operationOf(ROUTES.poll).requestBody?.content['application/json']?.schema;
    const read = z.fromJSONSchema(report as Parameters<typeof z.fromJSONSchema>[0]);
    const poll = {
      freeSlots: 1,
      attempts: [{ attempt: 'att_aaaaaaaa', progressPermille: 5 }],
      receiptsSeen: 0,
      waitMs: 1,
    };
    expect(read.safeParse(poll).success).toBe(true);
    expect(read.safeParse({ ...poll, freeSlots: -1 }).success).toBe(false);
    expect(read.safeParse({ ...poll, more: 1 }).success).toBe(false);
    for (const [, route] of routes) {
      for (const response of Object.values(operationOf(route).responses)) {
        const schema = response.content['application/json']?.schema;
        if (schema !== undefined && !('$ref' in schema)) {
          expect(() => z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])).not.toThrow();
        }
      }
    }
  });

  test('is served to whoever asks', async () => {
    await using server = await httpTestServer({});
    const response = await server.app.inject('/openapi.json');
    expect(response.headers['content-type']).toContain('application/json');
    expect(response.json()).toEqual(openApi());
  });
});
