/** The OpenAPI 3.1 document of the API, made from the table of endpoints. */
import { z } from 'zod';
import { adminAnswer } from '../protocol.ts';
import type { Endpoint } from './endpoint.ts';

type Json = Readonly<Record<string, unknown>>;

const description = `The API of a belfry daemon. Over its control socket every call is allowed: \`curl --unix-socket
/var/lib/belfry/control http://belfry/api/status\`. Over TCP (\`admin_listen\`) what shows content or changes anything needs
the token of \`admin_token\`. Times are milliseconds since the epoch.`;

/** `version`: of belfry. */
export function openApiDocument(endpoints: readonly Endpoint[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const endpoint of endpoints) {
    const methods = paths[endpoint.path] ?? {};
    paths[endpoint.path] = methods;
    methods[endpoint.method.toLowerCase()] = operation(endpoint);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'belfry', version, description, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'The token of admin_token; not needed on a Unix socket.',
        },
      },
      schemas: { Problem: problemSchema, Answer: schemaOf(adminAnswer, 'output') },
    },
  };
}

function operation(endpoint: Endpoint): Json {
  const { method, path, summary, access, body } = endpoint;
  const words = [method.toLowerCase(), ...path.split(/[^A-Za-z]+/).filter((word) => word !== '' && word !== 'api')];
  const operationId = words.map((word, i) => (i === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1))).join('');
  const parameters = [...pathParameters(path), ...queryParameters(endpoint)];
  return {
    operationId,
    summary,
    ...(access === 'open' ? { security: [] } : { security: [{ token: [] }] }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: bodyContent(body) } }),
    responses: { ...answers(endpoint), default: { description: 'What is wrong.', content: problemContent } },
  };
}

const pathParameters = (path: string): Json[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));

function queryParameters({ query }: Endpoint): Json[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(query, 'output') as {
    readonly properties?: Readonly<Record<string, Json>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    ...{ name, in: 'query', required: required.includes(name), schema },
  }));
}

function bodyContent(body: NonNullable<Endpoint['body']>): Json {
  if (body === 'bytes') return { 'application/octet-stream': {} };
  return { 'application/json': { schema: schemaOf(body, 'input') } };
}

function answers({ answer, lines }: Endpoint): Json {
  if (answer === 'nothing') return { 204: { description: 'Done.' } };
  if (!('parse' in answer)) return { 200: { description: 'The answer.', content: { [answer.type]: {} } } };
  const asLines = lines === true ? { 'application/x-ndjson': { schema: { $ref: '#/components/schemas/Answer' } } } : {};
  const content = { 'application/json': { schema: schemaOf(answer, 'output') }, ...asLines };
  return { 200: { description: 'The answer.', content } };
}

const problemContent = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

/** RFC 9457, with the error code of belfry. */
const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    field: { type: 'string' },
  },
};

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
