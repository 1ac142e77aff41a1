/** The command line's end of the API: over the control socket. */
import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import {
  BelfryError,
  codeOf,
  type ErrorCodeName,
  errorCodes,
  ifPossible,
  isAbsence,
  messageOf,
} from '../base/error.ts';
import { type Sent, sentAs } from './http/commands.ts';
import { lines, parseLine } from './json-lines.ts';
import { type AdminAnswer, type AdminRequest, adminAnswer } from './protocol.ts';

/** Bytes of a line of the answer: a row with all its attempts is far below. */
const maxAnswerBytes = 8 * 1024 * 1024;

/**
 * Sends one request; the answers to it as they come, without the last `error`, which is thrown. Undefined when nobody
 * listens there. Throws BelfryError SOCKET_PERMISSION, SOCKET_IO, BAD_INPUT for what is no answer.
 */
export async function askDaemon(
  path: string,
  request: AdminRequest,
): Promise<AsyncGenerator<AdminAnswer, void, void> | undefined> {
  const incoming = await call(path, { ...sentAs(request), accept: 'application/x-ndjson' });
  return incoming && answers(incoming, path);
}

/** A call of the API that answers one JSON value. Undefined when nobody listens there. Throws as `askDaemon` does. */
export async function askForJson<T>(
  path: string,
  sent: Sent,
  schema: z.ZodType<T>,
  signal?: AbortSignal,
): Promise<T | undefined> {
  const incoming = await call(path, { ...sent, accept: 'application/json' }, {}, signal);
  if (incoming === undefined) return undefined;
  const parsed = schema.safeParse(parseLine(await textOf(incoming)));
  if (!parsed.success) throw noAnswer(path);
  return parsed.data;
}

/** A call whose answer is read as it comes: server-sent events, after the one with `lastId`. The same errors. */
export function askForStream(
  path: string,
  target: string,
  signal: AbortSignal,
  lastId: string | undefined,
): Promise<IncomingMessage | undefined> {
  const more = lastId === undefined ? {} : { 'last-event-id': lastId };
  return call(path, { method: 'GET', target, accept: 'text/event-stream' }, more, signal);
}

/** Throws BelfryError SOCKET_IO where the daemon ends amid its answer. */
async function textOf(incoming: IncomingMessage): Promise<string> {
  try {
    return await text(incoming);
  } catch (thrown) {
    throw new BelfryError('SOCKET_IO', `the connection to the daemon failed: ${messageOf(thrown)}`);
  }
}

const problemAnswer = z.object({ detail: z.string(), code: z.string().optional() });

/** The answer, once it is known that it is one. */
async function call(
  path: string,
  { method, target, body, accept }: Sent & { readonly accept: string },
  more: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<IncomingMessage | undefined> {
  const headers = {
    ...more,
    accept,
    host: 'belfry',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const outgoing = httpRequest({
    socketPath: path,
    path: target,
    method,
    headers,
    agent: false,
    ...(signal && { signal }),
  });
  const incoming = await responseTo(outgoing.end(body), path);
  if (incoming === undefined || incoming.statusCode === 200) return incoming;
  const wrong = problemAnswer.safeParse(parseLine(await textOf(incoming)));
  if (!wrong.success) throw noAnswer(path);
  const { detail, code = '' } = wrong.data;
  throw new BelfryError(isCode(code) ? code : 'BAD_INPUT', detail);
}

const isCode = (code: string): code is ErrorCodeName => code in errorCodes;
const noAnswer = (path: string): BelfryError =>
  new BelfryError('BAD_INPUT', `${path} sent an invalid answer: is it the control socket of belfry?`);

async function responseTo(outgoing: ClientRequest, path: string): Promise<IncomingMessage | undefined> {
  try {
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    return incoming;
  } catch (thrown) {
    const code = codeOf(thrown) ?? '';
    if (isAbsence(thrown) || code === 'ECONNREFUSED') return undefined;
    if (code.startsWith('HPE_')) throw noAnswer(path);
    if (!['EACCES', 'EPERM'].includes(code)) {
      throw new BelfryError('SOCKET_IO', `cannot reach the daemon on ${path}: ${messageOf(thrown)}`);
    }
    const remedy = 'run this as root or as the user of the daemon';
    throw new BelfryError('SOCKET_PERMISSION', `no permission to use ${path}: ${remedy}`);
  }
}

async function* answers(incoming: IncomingMessage, path: string): AsyncGenerator<AdminAnswer, void, void> {
  try {
    for await (const line of lines(incoming, maxAnswerBytes)) {
      const parsed = adminAnswer.safeParse(parseLine(line));
      if (!parsed.success) throw noAnswer(path);
      const answer = parsed.data;
      if ('error' in answer) throw new BelfryError(answer.error.code, answer.error.message);
      yield answer;
      if ('done' in answer) return;
    }
  } catch (thrown) {
    if (thrown instanceof BelfryError) throw thrown;
    throw new BelfryError('SOCKET_IO', `the connection to the daemon failed: ${messageOf(thrown)}`);
  } finally {
    ifPossible(() => incoming.destroy());
  }
  throw new BelfryError(
    'SOCKET_IO',
    'the daemon closed the connection before it answered; what it did before that stays done',
  );
}
