/** The application of the API: finds the endpoint, checks who calls and with what, and writes the answer. */
import type { IncomingMessage, RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { asBelfryError, BelfryError, type ErrorCodeName } from '../../base/error.ts';
import { type Problem, type ProblemStatus, problem, problemDocument, problemType } from '../../http-server/problem.ts';
import type { Api } from '../api.ts';
import type { Guard } from './access.ts';
import type { Call, Endpoint, Reply } from './endpoint.ts';
import { eventStream, lineStream } from './lines.ts';
import { openApiDocument } from './openapi.ts';

/** A file of the page, ready to be sent. */
export interface PageFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

export interface ApplicationParts {
  readonly api: Api;
  readonly endpoints: readonly Endpoint[];
  /** The one in force: a reload may exchange it. */
  readonly guard: () => Guard;
  /** By path; `/` is the page itself. Absent: no page is served. */
  readonly page?: ReadonlyMap<string, PageFile>;
  /** Told of each call of an endpoint, and whether it may have an answer. */
  readonly hasAsked: (socket: Socket, isAllowed: boolean) => void;
  /** Calls that are answered at a time, event streams apart; one more is refused. */
  readonly maxCalls: number;
  /** Whether a client has asked for too much; told of each call and of each wrong token. */
  readonly isTooMany: (from: string, wasWrong: boolean) => boolean;
}

const maxBodyBytes = 4 * 1024 * 1024;
const lineType = 'application/x-ndjson';
type Bindings = { Bindings: HttpBindings };
type Asked = Context<Bindings>;

/** What every answer says to a browser: that it may run nothing but the page's own files, and show it nowhere else. */
const safety = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

export function application(parts: ApplicationParts): RequestListener {
  const { api, endpoints, guard, page } = parts;
  const app = new Hono<Bindings>();
  const calls = { underWay: 0 };
  app.use(async (context, next) => {
    const refused = guard().refusal(askingOf(context));
    if (refused !== undefined) return answerProblem(refused);
    if (parts.isTooMany(addressOf(context), false)) return answerProblem(problem(429, 'too many requests; slow down'));
    return next();
  });
  for (const endpoint of endpoints) {
    const path = endpoint.path.replace(/\{(\w+)\}/g, ':$1');
    app.on(endpoint.method, path, (context) => take(endpoint, context, parts, calls));
  }
  app.get('/api/openapi.json', () => answerJson(openApiDocument(endpoints, api.facts.version), 200));
  app.get('*', ({ req }) => {
    const file = page?.get(req.path);
    if (file === undefined) return answerProblem(problem(404, 'unknown path; GET /api/openapi.json lists them'));
    return new Response(file.bytes, { headers: { ...safety, 'content-type': file.type, 'cache-control': 'no-cache' } });
  });
  app.notFound(() =>
    answerProblem(problem(405, 'this path does not take this method; GET /api/openapi.json lists them')),
  );
  app.onError((thrown) => answerProblem(problemOf(thrown, api)));
  const listener = getRequestListener(app.fetch, {
    overrideGlobalObjects: false,
    hostname: 'localhost',
    errorHandler: () => answerProblem(problem(400, 'the target of the request, or its header Host, is not valid')),
  });
  return (incoming, outgoing) => void listener(incoming, outgoing).catch(api.onBug);
}

async function take(
  endpoint: Endpoint,
  context: Asked,
  parts: ApplicationParts,
  calls: { underWay: number },
): Promise<Response> {
  const { api, guard, maxCalls } = parts;
  const session = guard().sessionOf(askingOf(context));
  const from = addressOf(context);
  const refused = guard().refusalOf(endpoint.access, session);
  parts.hasAsked(context.env.incoming.socket, refused === undefined);
  if (refused !== undefined) return wrongToken(refused, from, parts);
  if (calls.underWay >= maxCalls) {
    throw new BelfryError('BUSY', `the daemon is already answering ${maxCalls} calls: try again`);
  }
  calls.underWay++;
  let ends = true;
  try {
    const reply = await endpoint.handle(await callOf(endpoint, context, session, from), api);
    if ('problem' in reply) return wrongToken(reply.problem, from, parts);
    if (!('lines' in reply)) return answer(reply, api);
    ends = false;
    const lines = lineStream(reply.lines, api.onBug, () => calls.underWay--);
    return new Response(lines, { headers: { ...safety, 'content-type': lineType } });
  } finally {
    if (ends) calls.underWay--;
  }
}

const askingOf = ({ req }: Asked) => ({ method: req.method, header: (name: string) => req.header(name) });

async function callOf(endpoint: Endpoint, context: Asked, session: Call['session'], from: string): Promise<Call> {
  const { req } = context;
  const { header } = askingOf(context);
  const wantsLines = endpoint.lines === true && (header('accept') ?? '').includes(lineType);
  const query = Object.fromEntries(
    Object.entries(req.queries()).map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  );
  const checkedQuery = endpoint.query === undefined ? {} : checked(endpoint.query, query, 'the query');
  const body = await bodyOf(endpoint, context);
  return {
    params: req.param(),
    query: checkedQuery,
    body,
    header,
    wantsLines,
    from,
    session,
    signal: untilGone(endpoint, context),
  };
}

/**
 * Aborts when the client has gone. One that only says that it sends no more may still wait for its answer; but nobody watches
 * an endless one so, and a browser that leaves says no more than that.
 */
function untilGone({ answer }: Endpoint, { env, req }: Asked): AbortSignal {
  if (answer === 'nothing' || !('type' in answer) || answer.type !== 'text/event-stream') return req.raw.signal;
  const gone = new AbortController();
  env.incoming.socket.once('end', () => gone.abort());
  return AbortSignal.any([gone.signal, req.raw.signal]);
}

async function bodyOf({ body }: Endpoint, { req, env }: Asked): Promise<unknown> {
  if (body === undefined) return undefined;
  if (body === 'bytes') return readBody(env.incoming);
  // A page of another site can send a form without asking first, and never this type (Fetch §2.2.2).
  const [type = ''] = (req.header('content-type') ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/json') {
    throw new BelfryError('BAD_INPUT', 'the body must be JSON, with the header Content-Type: application/json');
  }
  const text = (await readBody(env.incoming)).toString();
  try {
    return checked(body, JSON.parse(text === '' ? '{}' : text), 'the body');
  } catch (thrown) {
    if (thrown instanceof BelfryError) throw thrown;
    throw new BelfryError('BAD_INPUT', 'the body is not valid JSON');
  }
}

/** Throws TooLong as soon as that is known. */
async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  const known = Number(incoming.headers['content-length'] ?? 0);
  for await (const chunk of known > maxBodyBytes ? [] : incoming.iterator({ destroyOnReturn: false })) {
    length += (chunk as Buffer).length;
    if (length > maxBodyBytes) break;
    chunks.push(chunk as Buffer);
  }
  if (Math.max(known, length) <= maxBodyBytes) return Buffer.concat(chunks);
  throw new TooLong(`the body is longer than ${maxBodyBytes} bytes`);
}

class TooLong extends Error {}

function checked(schema: z.ZodType, value: unknown, what: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const wrong = z.prettifyError(parsed.error).replace(/\s+/g, ' ').slice(0, 500);
  throw new BelfryError('BAD_INPUT', `${what} is not valid: ${wrong}`);
}

function wrongToken(refused: Problem, from: string, { isTooMany }: ApplicationParts): Response {
  if (isTooMany(from, true)) return answerProblem(problem(429, 'too many requests with a wrong token; wait a minute'));
  return answerProblem(refused, { 'www-authenticate': 'Bearer realm="belfry"' });
}

function answer(reply: Exclude<Reply, { lines: unknown } | { problem: unknown }>, api: Api): Response {
  if ('json' in reply) return answerJson(reply.json, reply.status ?? 200, reply.headers);
  if ('nothing' in reply) return new Response(null, { status: 204, headers: { ...safety, ...reply.headers } });
  if ('events' in reply) {
    const headers = {
      ...safety,
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    };
    return new Response(eventStream(reply.events, api.onBug), { headers });
  }
  return new Response(reply.bytes, { headers: { ...safety, 'content-type': reply.type, ...reply.headers } });
}

function answerJson(value: unknown, status: number, headers: Readonly<Record<string, string>> = {}): Response {
  const own = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return new Response(`${JSON.stringify(value)}\n`, { status, headers: { ...safety, ...own, ...headers } });
}

function answerProblem(wrong: Problem, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(problemDocument(wrong), {
    status: wrong.status,
    headers: { ...safety, 'content-type': problemType, 'cache-control': 'no-store', ...headers },
  });
}

const statuses: Partial<Record<ErrorCodeName, ProblemStatus>> = {
  BAD_INPUT: 400,
  USAGE: 400,
  CONFLICT: 409,
  BUSY: 503,
  SPOOL_IO: 503,
  SPOOL_FULL: 503,
  NOTIFIER_OPEN: 422,
};

function problemOf(thrown: unknown, { onBug }: Api): Problem {
  if (thrown instanceof TooLong) return problem(413, thrown.message);
  const { code, message } = asBelfryError(thrown);
  if (code === 'INTERNAL') onBug(thrown);
  return { ...problem(statuses[code] ?? 500, message), code };
}

/** Who has sent it, for the log and the limits. */
function addressOf({ env }: Asked): string {
  return env.incoming.socket.remoteAddress ?? 'a Unix socket';
}
