/** The test event of `belfry doctor`: made so that only the built-in notifier null delivers it, and sent as Cyrus sends. */
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { isJsonObject, type Json, writeJson } from '../base/event.ts';
import type { Request } from '../base/request.ts';
import type { Configuration, SocketSetting } from '../config/configuration.ts';
import { encodeNotify } from '../decode/dlist/encode.ts';
import { encodeFrame } from '../decode/encode-frame.ts';
import { openDatagramSender } from '../os/datagram-sender.ts';
import { LineReader } from './line-reader.ts';

/** Says to whoever reads it in `belfry recent` what it is. */
const testParameter = 'vnd.belfry.test';

/**
 * Of the first group that is on: what is filtered by event_groups would not show that deliveries work. `user` is nobody's, so
 * that it can be found again, and no mailbox of a real user is named.
 */
export function testRequest(user: string, groups: readonly string[], at: Date): Request {
  const uri = `imap://belfry.invalid/user/${user};UIDVALIDITY=1`;
  const base = { uri, user, timestamp: at.toISOString(), [testParameter]: true };
  const events: Readonly<Record<string, Json>> = {
    message: { event: 'MessageNew', ...base, uri: `${uri}/;UID=1`, messageSize: 0 },
    mailbox: { event: 'MailboxCreate', ...base, mailboxID: uri },
    flags: { event: 'FlagsSet', ...base, uidset: '1', flagNames: '\\Flagged' },
    access: { event: 'Login', ...base, uri: 'imap://belfry.invalid', serverDomain: 'belfry.invalid', serverPort: 143 },
  };
  const group = Object.keys(events).find((name) => groups.includes(name)) ?? 'message';
  const event = events[group];
  const message = isJsonObject(event) ? writeJson(event) : '';
  return { method: 'null', class: 'EVENT', priority: '', user: '', mailbox: '', options: [], message };
}

/** Whether `null` means a notifier that delivers nothing: somebody may have called another one so. */
export function isNullHarmless({ notifiers }: Configuration): boolean {
  return notifiers.every(({ name, method }) => name !== 'null' || method.name === 'null');
}

/** Sends it as Cyrus would; over a stream it waits for the answer. Throws what the socket throws, and an Error for NO and BAD. */
export async function sendTest(socket: SocketSetting, request: Request, signal: AbortSignal): Promise<void> {
  if (socket.transport === 'datagram') {
    const sender = openDatagramSender(socket.path);
    try {
      await sender.send(encodeFrame(request), signal);
    } finally {
      sender.close();
    }
    return;
  }
  const connection = createConnection(socket.path ?? '');
  connection.on('error', () => {});
  try {
    await once(connection, 'connect', { signal });
    connection.write(encodeNotify(request));
    const answer = await new LineReader(connection, signal).next();
    if (!answer.startsWith('OK')) throw new Error(`belfry answered ${answer.slice(0, 300)}`);
  } finally {
    connection.destroy();
  }
}
