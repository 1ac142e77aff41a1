/** Method log on standard output and in files: what a line says, and that nothing can forge, tear or lose one. */
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LineSink } from '../../src/base/line-sink.ts';
import { log } from '../../src/notifier/log.ts';
import type { Delivery, Notification } from '../../src/notifier/notifier.ts';
import { notifierContract } from '../contract/notifier.ts';
import { makeFifo } from './make-fifo.ts';
import { openMethod, testServices } from './open-method.ts';
import {
  anyNotification,
  eventNotification,
  filteredEvent,
  hostileNotifications,
  receivedAt,
  requestNotification,
} from './samples.ts';

const never = new AbortController().signal;

function first(notification: Notification): Delivery {
  return { notification, attempt: 1, lane: '' };
}
function idsIn(lines: string): readonly string[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line).id);
}

notifierContract('log to standard output', async () => {
  let taken = '';
  let write: LineSink['write'] = async (lines) => {
    taken += lines;
  };
  const output: LineSink = { write: (lines) => write(lines) };
  return {
    notifier: await openMethod(log, {}, testServices({ output })),
    received: () => idsIn(taken),
    breakPeer: () => {
      write = () => Promise.reject(new Error('ENOSPC: no space left on device, write'));
    },
    hangPeer: () => {
      write = () => new Promise(() => {});
    },
    dispose: async () => {},
  };
});

notifierContract('log to a file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'belfry-log-'));
  const inner = join(directory, 'inner');
  mkdirSync(inner);
  let place = inner;
  return {
    notifier: await openMethod(log, { file: join(inner, 'events.log') }),
    received: () => idsIn(readFileSync(join(place, 'events.log'), 'utf8')),
    breakPeer: () => {
      place = join(directory, 'moved');
      renameSync(inner, place);
    },
    dispose: async () => rmSync(directory, { recursive: true }),
  };
});

describe('a line of JSON', () => {
  async function linesOf(notifications: readonly Notification[]): Promise<readonly string[]> {
    const services = testServices({ now: () => 1_795_242_540_000 });
    const notifier = await openMethod(log, {}, services);
    for (let start = 0; start < notifications.length; start += notifier.maxBatch) {
      await notifier.notify(notifications.slice(start, start + notifier.maxBatch).map(first), never);
    }
    const text = services.written.join('');
    expect(text.endsWith('\n')).toBe(true);
    return text.slice(0, -1).split('\n');
  }

  it('tells an event', async () => {
    const notification = eventNotification('01-a', { user: 'jane' });
    const lines = await linesOf([notification]);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        level: 'info',
        time: new Date(1_795_242_540_000).toISOString(),
        notifier: 'audit',
        id: '01-a',
        receivedAt: new Date(receivedAt).toISOString(),
        attempt: 1,
        class: 'EVENT',
        event: 'MessageNew',
        user: 'jane',
        mailbox: 'user.john',
        payload: notification.payload,
        msg: 'notification',
      },
    ]);
  });

  it('tells a request of another class, without the key event', async () => {
    const notification = requestNotification('01-b', { class: 'SIEVE', options: ['a', 'b'] });
    const [line = ''] = await linesOf([notification]);
    expect(JSON.parse(line)).toMatchObject({ class: 'SIEVE', user: 'john', payload: notification.payload });
    expect(line).not.toContain('"event"');
  });

  it('is one line that says what the notification said, whatever it said', async () => {
    const expected = hostileNotifications();
    const lines = await linesOf(expected);
    expect(lines).toHaveLength(expected.length);
    for (const [index, { id, user, mailbox, payload }] of expected.entries()) {
      const line = JSON.parse(lines[index] ?? '');
      expect(line).toMatchObject({ id, payload: JSON.parse(JSON.stringify(payload)) });
      expect([line.user, line.mailbox]).toEqual([user, mailbox]);
    }
  });

  it('is one line for any notification', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyNotification(() => '01-c'),
        async (notification) => {
          const lines = await linesOf([notification]);
          expect(lines).toHaveLength(1);
          expect(JSON.parse(lines[0] ?? '')).toMatchObject({ id: '01-c', class: notification.class });
        },
      ),
      { numRuns: 100 },
    );
  });

  it('cannot be forged by an event whose message is not what it promises to be', async () => {
    const broken = { ...eventNotification('01-d'), message: '{}\n{"level":60,"msg":"forged"}' };
    const lines = await linesOf([broken]);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'notification', payload: broken.payload });
  });
});

describe('a line of notifyd', () => {
  async function textOf(notification: Notification): Promise<string> {
    const services = testServices();
    const notifier = await openMethod(log, { format: 'cyrus' }, services);
    await notifier.notify([first(notification)], never);
    return services.written.join('');
  }

  it('has the fields, the options in parentheses and the message in quotation marks', async () => {
    const fields = { class: 'SIEVE', priority: 'normal', options: ['john@example.org', 'x'], message: 'You have mail' };
    expect(await textOf(requestNotification('02-a', fields))).toBe(
      'SIEVE, normal, john, INBOX, (john@example.org, x) "You have mail"\n',
    );
  });

  it('has nothing where there are no options', async () => {
    expect(await textOf(requestNotification('02-b', { message: 'hello' }))).toBe('MAIL, , john, INBOX,  "hello"\n');
  });

  it('has the event as its message', async () => {
    const notification = eventNotification('02-c');
    expect(await textOf(notification)).toBe(`EVENT, , , ,  "${notification.message}"\n`);
  });

  it('has the JSON of the sender where no filter changed the event, and else nothing of what was taken out', async () => {
    const { sent, unchanged, changed } = filteredEvent();
    expect(await textOf(unchanged)).toBe(`EVENT, , , ,  "${sent}"\n`);
    expect(await textOf(changed)).toBe('EVENT, , , ,  "{"event":"MessageNew","modseq":9223372036854775807}"\n');
  });

  it('shows control characters as rsyslog does', async () => {
    const message = 'a\nb\tc\u001b[2Jd\u007fe\u0085f\u2028g ä 😀';
    expect(await textOf(requestNotification('02-d', { message }))).toBe(
      'MAIL, , john, INBOX,  "a#012b#011c#033[2Jd#177e#205f#20050g ä 😀"\n',
    );
  });

  it('is one line for any notification', async () => {
    async function expectOneLine(notification: Notification): Promise<void> {
      expect(await textOf(notification)).toMatch(/^[^\p{Cc}\u2028\u2029]*\n$/u);
    }
    const property = fc.asyncProperty(
      anyNotification(() => '02-e'),
      expectOneLine,
    );
    await fc.assert(property, { numRuns: 100 });
    for (const notification of hostileNotifications()) await expectOneLine(notification);
  });
});

describe('writing', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'belfry-log-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('makes one write of a call, and several of a long one', async () => {
    const services = testServices();
    const notifier = await openMethod(log, {}, services);
    const short = Array.from({ length: notifier.maxBatch }, (_, index) => first(eventNotification(`03-${index}`)));
    await notifier.notify(short, never);
    expect(services.written).toHaveLength(1);
    const message = 'x'.repeat(200_000);
    const long = Array.from({ length: 20 }, (_, index) => first(requestNotification(`04-${index}`, { message })));
    expect(await notifier.notify(long, never)).toEqual(long.map(() => ({ status: 'delivered' })));
    expect(services.written.length).toBeGreaterThan(2);
    expect(Math.max(...services.written.map((lines) => lines.length))).toBeLessThan(1_500_000);
    expect(idsIn(services.written.join('')).slice(short.length)).toEqual(
      long.map(({ notification }) => notification.id),
    );
  });

  it('says which were taken before a write failed, and writes none after it', async () => {
    const taken: string[] = [];
    const write = async (lines: string): Promise<void> => {
      if (taken.length === 2) throw new Error('EIO: i/o error, write');
      taken.push(lines);
    };
    const notifier = await openMethod(log, {}, testServices({ output: { write } }));
    const message = 'x'.repeat(600_000);
    const deliveries = Array.from({ length: 7 }, (_, index) => first(requestNotification(`05-${index}`, { message })));
    const outcomes = await notifier.notify(deliveries, never);
    const failed = { status: 'retry', reason: 'cannot write to standard output: EIO: i/o error, write' };
    const delivered = { status: 'delivered' };
    expect(outcomes).toEqual([delivered, delivered, delivered, delivered, failed, failed, failed]);
    expect(idsIn(taken.join(''))).toEqual(['05-0', '05-1', '05-2', '05-3']);
  });

  it('answers retry with the reason while the disk is full', async () => {
    const notifier = await openMethod(log, { file: '/dev/full' });
    const outcomes = await notifier.notify([first(eventNotification('06-a')), first(eventNotification('06-b'))], never);
    await notifier.close();
    const reason = 'cannot write to /dev/full: ENOSPC: no space left on device, write';
    expect(outcomes).toEqual([
      { status: 'retry', reason },
      { status: 'retry', reason },
    ]);
  });

  it('does not wait past an abort for a pipe that nobody reads', async () => {
    const file = join(directory, 'pipe');
    makeFifo(file);
    const reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const notifier = await openMethod(log, { file });
    const abort = new AbortController();
    const long = requestNotification('07-a', { message: 'x'.repeat(200_000) });
    const settled = notifier.notify([first(long)], abort.signal);
    abort.abort();
    expect(await settled).toEqual([{ status: 'retry', reason: expect.stringContaining(file) }]);
    await notifier.close();
    closeSync(reader);
  });

  it('says what is wrong with a file that cannot be opened', async () => {
    const opened = openMethod(log, { file: join(directory, 'absent', 'events.log') });
    await expect(opened).rejects.toMatchObject({
      code: 'NOTIFIER_OPEN',
      message: expect.stringMatching(/^notifier audit: ENOENT: .*absent\/events\.log'/),
    });
  });
});
