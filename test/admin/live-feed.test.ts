/** Events as they come, over a spool in memory. */
import { afterEach, describe, expect, it } from 'vitest';
import type { LiveFilter, LiveMessage, liveLimits } from '../../src/admin/live-client.ts';
import { LiveFeed } from '../../src/admin/live-feed.ts';
import type { Dispatch } from '../../src/dispatch/dispatch.ts';
import type { Outcome } from '../../src/notifier/notifier.ts';
import type { Spool } from '../../src/spool/spool.ts';
import { changedSpool } from '../support/changed-spool.ts';
import { until } from '../support/until.ts';
import { append, dispatchOn, memorySpool, recipientOf, toolsOf } from './work.ts';

const delivered: Outcome = { status: 'delivered' };
const leaving: (() => unknown)[] = [];
let dispatch: Dispatch | undefined;
afterEach(async () => {
  for (const leave of leaving.splice(0)) leave();
  await dispatch?.stop(1000);
  dispatch = undefined;
});

const feedOf = (spool: Spool, limits: Partial<typeof liveLimits> = {}): LiveFeed =>
  new LiveFeed(toolsOf(spool), { tickMs: 1, ...limits });

interface Watching {
  readonly seen: LiveMessage[];
  /** What was seen in words: `a:1` a new row, `a:1=delivered` an update, `+3` three left out. */
  words(): readonly string[];
  readonly ended: Promise<void>;
  leave(): void;
}

function wordOf(message: LiveMessage): string {
  if ('alive' in message) return 'alive';
  if ('begins' in message) return 'begins';
  if ('skipped' in message) return `+${message.skipped}`;
  const { mailbox, event, notifiers } = message.row;
  return `${mailbox}:${event}${message.isUpdate ? `=${notifiers.filter(({ notifier }) => notifier === 'n').map(({ state }) => state)}` : ''}`;
}

function watch(feed: LiveFeed, lastId?: string, filter: LiveFilter = {}): Watching {
  const abort = new AbortController();
  const messages = feed.watch(filter, lastId, abort.signal);
  const seen: LiveMessage[] = [];
  const leave = (): void => abort.abort();
  leaving.push(leave);
  const ended = (async () => {
    for await (const message of messages) seen.push(message);
  })();
  return { seen, ended, leave, words: () => seen.map(wordOf).filter((word) => word !== 'begins') };
}

const idAt = async (spool: Spool, position: number): Promise<string> => (await spool.get(position))?.id ?? '';
const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `m:${from + i}`);

describe('an event', () => {
  it('comes when it is received, and again when it is delivered, deferred or dead', async () => {
    const spool = await memorySpool('n', 'keeps');
    const watching = watch(feedOf(spool));
    await append(spool, 'a:1', 'b:1', 'c:1');
    await until(() => watching.words().length === 3);
    dispatch = dispatchOn(spool, [
      recipientOf('n', (message) => {
        if (message.startsWith('a')) return delivered;
        return { status: message.startsWith('b') ? 'retry' : 'rejected', reason: 'x' };
      }),
    ]);
    await until(() => watching.words().length === 6);
    expect([...watching.words()].sort()).toEqual(['a:1', 'a:1=delivered', 'b:1', 'b:1=deferred', 'c:1', 'c:1=dead']);
  });

  it('comes to those alone who want it', async () => {
    const spool = await memorySpool('n', 'other');
    const feed = feedOf(spool);
    const [mailbox, notifier, all] = [
      watch(feed, undefined, { mailbox: 'B' }),
      watch(feed, undefined, { notifier: 'nobody' }),
      watch(feed),
    ];
    await append(spool, 'a:1', 'b:1');
    await until(() => all.words().length === 2 && mailbox.words().length === 1);
    expect(mailbox.words()).toEqual(['b:1']);
    expect(notifier.words()).toEqual([]);
  });
});

describe('what is left out', () => {
  it('is counted where it was, to the last one', async () => {
    const spool = await memorySpool('n', 'keeps');
    const feed = feedOf(spool, { examined: 20, sent: 5 });
    const watching = watch(feed);
    await until(() => feed.clients === 1);
    await append(spool, ...numbered(1, 3));
    await until(() => watching.words().length === 3);
    await append(spool, ...numbered(4, 103));
    await until(() => watching.words().length === 10);
    // Of a hundred the last twenty are examined, and five of these sent.
    expect(watching.words()).toEqual(['m:1', 'm:2', 'm:3', '+80', ...numbered(84, 88), '+15']);
  });

  it('counts only what the client wants of what was examined', async () => {
    const spool = await memorySpool('n', 'keeps');
    const watching = watch(feedOf(spool, { sent: 2 }), undefined, { mailbox: 'm' });
    await append(spool, 'x:1', 'm:1', 'x:2', 'm:2', 'm:3', 'x:3', 'm:4');
    await until(() => watching.words().length === 3);
    expect(watching.words()).toEqual(['m:1', 'm:2', '+2']);
  });

  it('is no memory: one that never reads has so many rows waiting, and hears of the rest', async () => {
    const spool = await memorySpool('n', 'keeps');
    const feed = feedOf(spool, { queued: 10, sent: 1000 });
    const abort = new AbortController();
    leaving.push(() => abort.abort());
    const messages = feed.watch({}, undefined, abort.signal);
    const other = watch(feed);
    for (let from = 1; from <= 400; from += 20) {
      await append(spool, ...numbered(from, from + 19));
      await until(
        () => other.words().reduce((sum, word) => sum + (/^\+/.test(word) ? Number(word) : 1), 0) === from + 19,
      );
    }
    const words: string[] = [];
    while (words.length < 11) {
      const { value } = await messages.next();
      if (value && !('begins' in value)) words.push(wordOf(value));
    }
    expect(words).toEqual([...numbered(1, 10), '+390']);
  });
});

describe('Last-Event-ID', () => {
  it('goes on after that event, and tells nothing twice though others watch', async () => {
    const spool = await memorySpool('n', 'keeps');
    // A loop that has just looked and is late.
    const feed = feedOf(spool, { tickMs: 300 });
    const other = watch(feed);
    await append(spool, 'm:1');
    await until(() => other.words().length === 1);
    await append(spool, ...numbered(2, 4));
    const watching = watch(feed, await idAt(spool, 2));
    await until(() => other.words().length === 4);
    await append(spool, 'm:5');
    await until(() => watching.words().includes('m:5'));
    expect(watching.words()).toEqual(['m:3', 'm:4', 'm:5']);
  });

  it('before the beginning of what one may go back to says how much is left out', async () => {
    const spool = await memorySpool('n', 'keeps');
    await append(spool, ...numbered(1, 30));
    const watching = watch(feedOf(spool, { back: 10 }), await idAt(spool, 5));
    await until(() => watching.words().length === 11);
    expect(watching.words()).toEqual(['+15', ...numbered(21, 30)]);
  });

  it('of another spool, which had more, begins with what comes', async () => {
    const [spool, longer] = [await memorySpool('n', 'keeps'), await memorySpool('n', 'keeps')];
    await append(longer, ...numbered(1, 30));
    await append(spool, 'm:1');
    const watching = watch(feedOf(spool), await idAt(longer, 30));
    await append(spool, 'm:2');
    await until(() => watching.words().length === 1);
    expect(watching.words()).toEqual(['m:2']);
  });

  it('that is none is refused at once', async () => {
    const spool = await memorySpool('n', 'keeps');
    const feed = feedOf(spool);
    expect(() => feed.watch({}, 'nonsense', new AbortController().signal)).toThrow('Last-Event-ID');
    expect(feed.clients).toBe(0);
  });

  it('is told before the first event, so that a client loses nothing that is cut off before', async () => {
    const spool = await memorySpool('n', 'keeps');
    await append(spool, 'm:1');
    const watching = watch(feedOf(spool));
    await until(() => watching.seen.length === 1);
    expect(watching.seen).toEqual([{ begins: await idAt(spool, 1) }]);
  });

  it('finds updates of what came meanwhile, too', async () => {
    const spool = await memorySpool('n', 'keeps');
    await append(spool, 'm:1', 'm:2');
    const watching = watch(feedOf(spool), await idAt(spool, 1));
    await until(() => watching.words().length === 1);
    dispatch = dispatchOn(spool, [recipientOf('n', () => delivered)]);
    await until(() => watching.words().length === 2);
    expect(watching.words()).toEqual(['m:2', 'm:2=delivered']);
  });
});

describe('the loop', () => {
  function counted(spool: Spool): { readonly spool: Spool; readonly calls: () => number; readonly fail: () => void } {
    let [calls, isBroken] = [0, false];
    const state = async () => {
      calls++;
      if (isBroken) throw new Error('the disk is broken');
      return spool.state();
    };
    const fail = (): void => {
      isBroken = true;
    };
    return { spool: changedSpool(spool, { state }), calls: () => calls, fail };
  }

  it('runs only while somebody watches', async () => {
    const spool = await memorySpool('n', 'keeps');
    const { spool: watched, calls } = counted(spool);
    const feed = feedOf(watched);
    expect(calls()).toBe(0);
    const watching = watch(feed);
    await append(spool, 'a:1');
    await until(() => watching.words().length === 1);
    watching.leave();
    await watching.ended;
    expect(feed.clients).toBe(0);
    const before = calls();
    await append(spool, 'a:2');
    // By time: many times the pause between two looks.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(calls() - before).toBeLessThanOrEqual(2);
  });

  it('ends every stream when it is closed, and whoever comes next is served', async () => {
    const spool = await memorySpool('n', 'keeps');
    const feed = feedOf(spool);
    const both = [watch(feed), watch(feed)];
    await until(() => feed.clients === 2);
    feed.close();
    await Promise.all(both.map(({ ended }) => ended));
    expect(feed.clients).toBe(0);
    const next = watch(feed);
    await append(spool, 'a:1');
    await until(() => next.words().length === 1);
  });

  it('ends every stream when the spool cannot be read, so that clients come again', async () => {
    const spool = await memorySpool('n', 'keeps');
    const { spool: broken, fail } = counted(spool);
    const feed = feedOf(broken);
    const watching = watch(feed);
    await append(spool, 'a:1');
    await until(() => watching.words().length === 1);
    fail();
    await append(spool, 'a:2');
    await watching.ended;
  });

  it('forgets one that has gone before it asked for anything', async () => {
    const feed = feedOf(await memorySpool('n', 'keeps'));
    feed.watch({}, undefined, AbortSignal.abort());
    expect(feed.clients).toBe(0);
    const abort = new AbortController();
    feed.watch({}, undefined, abort.signal);
    expect(feed.clients).toBe(1);
    abort.abort();
    expect(feed.clients).toBe(0);
  });

  it('says now and then that it is alive', async () => {
    const watching = watch(feedOf(await memorySpool('n', 'keeps'), { aliveMs: 5 }));
    await until(() => watching.words().length > 2);
    expect(new Set(watching.words())).toEqual(new Set(['alive']));
  });
});
