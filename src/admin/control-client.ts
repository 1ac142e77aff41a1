/** The command line's end of the control socket. */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { BelfryError, codeOf, isAbsence, messageOf } from '../base/error.ts';
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
  const socket = await connect(path);
  if (socket === undefined) return undefined;
  socket.write(`${JSON.stringify(request)}\n`);
  return answers(socket, path);
}

async function* answers(socket: Socket, path: string): AsyncGenerator<AdminAnswer, void, void> {
  try {
    for await (const line of lines(socket, maxAnswerBytes)) {
      const parsed = adminAnswer.safeParse(parseLine(line));
      if (!parsed.success) {
        throw new BelfryError('BAD_INPUT', `${path} sent an invalid answer: is it the control socket of belfry?`);
      }
      const answer = parsed.data;
      if ('error' in answer) throw new BelfryError(answer.error.code, answer.error.message);
      yield answer;
      if ('done' in answer) return;
    }
  } catch (thrown) {
    if (thrown instanceof BelfryError) throw thrown;
    throw new BelfryError('SOCKET_IO', `the connection to the daemon failed: ${messageOf(thrown)}`);
  } finally {
    socket.destroy();
  }
  throw new BelfryError(
    'SOCKET_IO',
    'the daemon closed the connection before it answered; what it did before that stays done',
  );
}

async function connect(path: string): Promise<Socket | undefined> {
  const socket = createConnection(path);
  try {
    await once(socket, 'connect');
  } catch (thrown) {
    if (isAbsence(thrown) || codeOf(thrown) === 'ECONNREFUSED') return undefined;
    if (!['EACCES', 'EPERM'].includes(codeOf(thrown) ?? '')) {
      throw new BelfryError('SOCKET_IO', `cannot reach the daemon on ${path}: ${messageOf(thrown)}`);
    }
    const remedy = 'run this as root or as the user of the daemon';
    throw new BelfryError('SOCKET_PERMISSION', `no permission to use ${path}: ${remedy}`);
  }
  // Reported to the reader of the answers.
  socket.on('error', () => {});
  return socket;
}
