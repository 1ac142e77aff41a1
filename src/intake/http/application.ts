/** What happens to a request: whether its client may send, whether it can be taken, what is in it, and the answer once it is kept. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import type { RawRequest } from '../../base/request.ts';
import type { Authenticator } from '../../http-server/authentication.ts';
import type { Connections } from '../../http-server/connections.ts';
import type { Exchanges } from '../../http-server/exchanges.ts';
import { type Problem, problem, problemDocument, problemType } from '../../http-server/problem.ts';
import type { Answer } from '../accept-queue.ts';
import { type BodyLimits, bodyProblem, hasBody, readBody, stopping } from './body.ts';
import type { RequestHead, Route } from './route.ts';

export interface ApplicationParts {
  readonly routes: readonly Route[];
  readonly exchanges: Exchanges;
  readonly connections: Pick<Connections, 'hasAsked'>;
  readonly authenticator: () => Authenticator;
  readonly limits: () => BodyLimits;
  /**
   * Resolves when the requests are kept, all of them, or with why none of them could be, with the remedy as a clause.
   * Never rejects.
   */
  readonly keep: (requests: readonly RawRequest[]) => Promise<Answer>;
  /** Aborted at the end: from then on requests are refused. */
  readonly ending: AbortSignal;
  /** Called for each request without valid credentials, with its origin and what is wrong with it. */
  readonly onUnauthenticated: (address: string, what: string) => void;
  readonly onBug: (thrown: unknown) => void;
}

/** Seconds for Retry-After: of a spool that is full, and of a daemon that is being started again. */
const fullSeconds = 10;
const stoppingSeconds = 2;

type Headers = Readonly<Record<string, string | readonly string[]>>;

interface Refusal {
  readonly problem: Problem;
  readonly headers?: Headers;
}

export function application(parts: ApplicationParts): RequestListener {
  const { routes, exchanges, onBug } = parts;
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(async ({ env }, next) => {
    const refusal = gate(env.incoming, parts);
    parts.connections.hasAsked(env.incoming.socket, refusal === undefined);
    if (refusal === undefined) return next();
    refuse(env, refusal);
    return RESPONSE_ALREADY_SENT;
  });
  for (const route of routes) {
    const allow = route.methods.join(', ');
    app.on([...route.methods], [...route.paths], async ({ env, req }) => {
      await take(route, req.path, env, parts);
      return RESPONSE_ALREADY_SENT;
    });
    for (const path of route.paths) {
      app.all(path, ({ env, req }) => {
        const detail = `${req.path} takes ${allow}; send the events in the body of such a request`;
        refuse(env, { problem: problem(405, detail), headers: { allow } });
        return RESPONSE_ALREADY_SENT;
      });
    }
  }
  const known = routes.flatMap(({ paths }) => paths).join(', ');
  app.notFound(({ env }) => {
    refuse(env, { problem: problem(404, `unknown path; send events to ${known}`) });
    return RESPONSE_ALREADY_SENT;
  });
  app.onError((thrown, { env }) => {
    onBug(thrown);
    const wrong = problem(500, 'an internal error of belfry, see its log; nothing of this request was stored');
    if (!env.outgoing.headersSent) refuse(env, { problem: wrong });
    return RESPONSE_ALREADY_SENT;
  });
  const listener = getRequestListener(app.fetch, {
    // What they are to others in this process is not ours to change.
    overrideGlobalObjects: false,
    hostname: 'localhost',
    // Of a target or a Host that no URL can be made of.
    errorHandler: () =>
      new Response(problemDocument(problem(400, 'the target of the request, or its header Host, is not valid')), {
        status: 400,
        headers: { 'content-type': problemType },
      }),
  });
  return (incoming, outgoing) => {
    exchanges.begin(outgoing);
    listener(incoming, outgoing).catch(onBug);
  };
}

/** What holds for every path. Asked before the path, so that a client without credentials does not learn which there are. */
function gate(
  incoming: IncomingMessage,
  { authenticator, onUnauthenticated, ending }: ApplicationParts,
): Refusal | undefined {
  if (ending.aborted) return stoppingRefusal();
  const address = incoming.socket.remoteAddress ?? 'a Unix socket';
  // Any page can have its reader's browser send something here, also by a name of its own for this address. Only
  // browsers send this header, and with every POST and PUT (Fetch §3.2).
  if (incoming.headers.origin !== undefined) {
    onUnauthenticated(address, 'refused a request from a web page (header Origin)');
    const detail = 'belfry refuses requests from web pages (header Origin); only programs may send events';
    return { problem: problem(403, detail, { field: 'origin' }) };
  }
  const { challenges, accepts } = authenticator();
  if (accepts(incoming.headers.authorization)) return undefined;
  onUnauthenticated(address, 'refused a request: wrong or missing credentials');
  const detail = 'the user name and password, or the token, in the header Authorization are missing or wrong';
  return { problem: problem(401, detail, { field: 'authorization' }), headers: { 'www-authenticate': challenges } };
}

function stoppingRefusal(): Refusal {
  return { problem: stopping(), headers: { 'retry-after': String(stoppingSeconds) } };
}

async function take(route: Route, path: string, env: HttpBindings, parts: ApplicationParts): Promise<void> {
  const { incoming, outgoing } = env;
  const limits = parts.limits();
  const head = headOf(incoming, path);
  const refusal = headRefusal(incoming, route, head, limits);
  if (refusal !== undefined) return refuse(env, refusal);
  const begin = (): void => {
    if (incoming.headers.expect !== undefined) outgoing.writeContinue();
  };
  const body = await readBody(incoming, limits, begin, parts.ending);
  if (body === 'gone') return;
  if ('problem' in body) {
    const seconds = parts.ending.aborted ? stoppingSeconds : fullSeconds;
    const headers = body.problem.status === 503 ? { 'retry-after': String(seconds) } : {};
    return refuse(env, { problem: body.problem, headers });
  }
  parts.exchanges.holdBack(incoming.socket);
  try {
    const reading = route.read(body.bytes, head);
    if ('problem' in reading) return refuse(env, reading);
    const { requests } = reading;
    const kept = requests.length > 0 ? await parts.keep(requests) : undefined;
    if (kept !== undefined && 'refusal' in kept) return refuse(env, unkept(kept.refusal, parts.ending));
    const ids = route.tellsIds ? { ids: requests.map((_, index) => kept?.idOf(index)) } : {};
    const text = `${JSON.stringify({ accepted: requests.length, ...ids })}\n`;
    writeHead(env, 202, 'application/json', text).end(text);
  } finally {
    body.release();
  }
}

function unkept(refusal: string, ending: AbortSignal): Refusal {
  if (ending.aborted) return stoppingRefusal();
  const detail = `${refusal}; nothing of this request was stored, retry later`;
  return { problem: problem(503, detail), headers: { 'retry-after': String(fullSeconds) } };
}

function headOf(incoming: IncomingMessage, path: string): RequestHead {
  const [, query = ''] = /\?(.*)$/s.exec(incoming.url ?? '') ?? [];
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, typeof value === 'string' ? value : value.join(', '));
  }
  const [type = ''] = (headers.get('content-type') ?? '').split(';');
  const mediaType = type.trim().toLowerCase();
  return { method: incoming.method ?? '', path, query: new URLSearchParams(query), mediaType, headers };
}

/** What can be said before a body is waited for. */
function headRefusal(
  incoming: IncomingMessage,
  route: Route,
  head: RequestHead,
  { maxBytes }: BodyLimits,
): Refusal | undefined {
  const expectation = head.headers.get('expect');
  if (expectation !== undefined && expectation.toLowerCase() !== '100-continue') {
    return { problem: problem(417, 'the only supported value is "100-continue"', { field: 'expect' }) };
  }
  const coding = head.headers.get('content-encoding') ?? 'identity';
  if (coding.toLowerCase() !== 'identity') {
    const wrong = problem(415, 'the body is compressed; send it without Content-Encoding', {
      field: 'content-encoding',
    });
    return { problem: wrong, headers: { 'accept-encoding': 'identity' } };
  }
  const wrong = bodyProblem(incoming, maxBytes) ?? route.refuse?.(head);
  return wrong && { problem: wrong };
}

/**
 * A body that is not wanted is not waited for: the answer goes at once. It ends when the rest has come and was thrown away, at
 * the latest when the time of the request is over (`requestTimeout`). If it ended before, the connection would be closed: by
 * @hono/node-server, and by Node where the client has asked for that (`Connection: close`, as Python's urllib does). What the
 * client still sends is then answered with a reset, which may overtake the answer (RFC 9112 §9.6).
 */
function refuse(env: Answering, { problem: wrong, headers = {} }: Refusal): void {
  const { incoming } = env;
  const body = problemDocument(wrong);
  const outgoing = writeHead(env, wrong.status, problemType, body, headers);
  if (!hasBody(incoming) || incoming.readableEnded || incoming.destroyed) {
    outgoing.end(body);
    return;
  }
  outgoing.write(body);
  // What is wrong with the connection ends in `close`; keep a listener attached, or a late error would be unhandled.
  incoming.on('error', () => {});
  incoming.once('close', () => outgoing.end()).resume();
}

/** The head of an answer with this body. */
function writeHead(
  { outgoing }: Pick<Answering, 'outgoing'>,
  status: number,
  type: string,
  body: string,
  headers: Headers = {},
): ServerResponse {
  return outgoing.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers });
}

interface Answering {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}
