/** What was sent and what each notifier was delivered, brought into one form so that they can be compared. */
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import stringify from 'fast-json-stable-stringify';
import { type Frame, textOf } from './frame.ts';
import type { Received } from './receiver.ts';

export interface ComparedNotification {
  /** The type of an event, or the class of any other request. */
  readonly type: string;
  /** What must stay in order: the mailbox, or what stands in its place. */
  readonly lane: string;
  /** Everything that the notifier was delivered, with sorted keys. */
  readonly content: string;
}

type Json = unknown;
type JsonRecord = Readonly<Record<string, Json>>;

/** What a notifier gets of a request that is no event. */
type Envelope = Omit<Frame, 'message' | 'method' | 'options'> & { readonly message: Json };

/** What every notifier must get of a request. */
export function notificationOfFrame(frame: Frame): ComparedNotification {
  if (frame.class === 'EVENT') return notificationOfEvent(JSON.parse(frame.message));
  return notificationOfRequest(frame);
}

/** `method` and `options` are left out: programs of method exec are not given them. */
function notificationOfRequest({
  class: type,
  priority,
  user,
  mailbox,
  message,
  fname,
}: Envelope): ComparedNotification {
  const json = type === 'IMIP' && typeof message === 'string' ? JSON.parse(message) : message;
  const content = stringify({ class: type, priority, user, mailbox, fname, message: json });
  return { type, lane: `${type} ${user} ${mailbox}`, content };
}

function notificationOfEvent(event: JsonRecord): ComparedNotification {
  return { type: String(event['event']), lane: `EVENT ${placeOf(event)}`, content: stringify(event) };
}

/**
 * The mailbox as the event's URI names it, without UIDVALIDITY and UID; an event without one goes by its user, and one
 * without either by itself. timsieved's MailboxModseq has a URI that ends in the midst (`imap://host/user;…`).
 */
function placeOf(event: JsonRecord): string {
  const { uri, user, userId } = event;
  const name = typeof uri === 'string' ? /^imap:\/\/[^/]*\/([^;]+)/.exec(uri)?.[1] : undefined;
  if (name !== undefined && name !== 'user') return name;
  const owner = String(user ?? userId ?? '');
  return owner === '' ? `of nobody: ${stringify(event)}` : `of user ${owner}`;
}

/** One notification as it came: `id` is the one that belfry gave it. */
export interface Delivered extends ComparedNotification {
  readonly id: string;
}

function notificationOfPayload(payload: JsonRecord): ComparedNotification {
  if (typeof payload['event'] === 'string') return notificationOfEvent(payload);
  const text = (name: string): string => String(payload[name] ?? '');
  return notificationOfRequest({
    class: text('class'),
    priority: text('priority'),
    user: text('user'),
    mailbox: text('mailbox'),
    fname: text('fname'),
    message: payload['imip'] ?? payload['message'],
  });
}

/** From the bodies of a webhook. */
export function deliveredToWebhook(requests: readonly Received[]): readonly Delivered[] {
  return requests.map(({ id, body }) => ({ id, ...notificationOfPayload(JSON.parse(body)) }));
}

/** From the file of a log notifier. */
export async function deliveredToLog(file: string): Promise<readonly Delivered[]> {
  return (await linesOf(file)).map((line) => {
    const { id, payload }: { id: string; payload: JsonRecord } = JSON.parse(line);
    return { id, ...notificationOfPayload(payload) };
  });
}

/** From what record-notification.sh has left in `directory`. */
export async function deliveredToProgram(directory: string): Promise<readonly Delivered[]> {
  const ids = await linesOf(join(directory, 'order'));
  return Promise.all(ids.map(async (id) => ({ id, ...(await notificationOfRun(directory, id)) })));
}

async function notificationOfRun(directory: string, id: string): Promise<ComparedNotification> {
  const words = (await readFile(join(directory, `${id}.words`), 'utf8')).split('\0');
  const after = (flag: string): string => words[words.indexOf(flag) + 1] ?? '';
  const message = textOf(await readFile(join(directory, `${id}.body`))).replace(/\n$/, '');
  if (after('-c') === 'EVENT') return notificationOfEvent(JSON.parse(message));
  return notificationOfRequest({
    class: after('-c'),
    priority: after('-p'),
    user: after('-u'),
    mailbox: after('-m'),
    fname: after('-f'),
    message,
  });
}

/** The lines that are ended: of a write that is under way a part can be seen. None when the file is not there. */
export async function linesOf(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '');
}

/** Those of them that are JSON: a kill in the midst of a write leaves a part of a line, which the next daemon ends and writes again. */
export async function wholeLinesOf(file: string): Promise<readonly string[]> {
  return (await linesOf(file)).filter((line) => {
    try {
      JSON.parse(line);
      return true;
    } catch {
      return false;
    }
  });
}

/** Answers how many lines are ended by now; reads only what has come since it was last asked, so that asking often is cheap. */
export function lineCounter(file: string): () => Promise<number> {
  let [lines, offset] = [0, 0];
  const chunk = Buffer.alloc(1024 * 1024);
  return async () => {
    const handle = await open(file).catch(() => undefined);
    if (handle === undefined) return lines;
    try {
      for (;;) {
        const { bytesRead } = await handle.read(chunk, 0, chunk.length, offset);
        if (bytesRead === 0) return lines;
        offset += bytesRead;
        for (let at = chunk.indexOf(10); at >= 0 && at < bytesRead; at = chunk.indexOf(10, at + 1)) lines += 1;
      }
    } finally {
      await handle.close();
    }
  };
}

/** The contents of each lane, in order: equal lanes mean every request, exactly once, in the order of its mailbox. */
export function lanesOf(notifications: readonly ComparedNotification[]): ReadonlyMap<string, readonly string[]> {
  const lanes = new Map<string, string[]>();
  for (const { lane, content } of notifications) lanes.set(lane, [...(lanes.get(lane) ?? []), content]);
  return new Map([...lanes].sort(([a], [b]) => (a < b ? -1 : 1)));
}
