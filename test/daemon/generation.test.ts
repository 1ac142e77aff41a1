import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Configuration } from '../../src/config/configuration.ts';
import { type GenerationParts, openGeneration } from '../../src/daemon/generation.ts';
import { encodeFrame } from '../../src/decode/encode-frame.ts';
import type { Method, Notifier } from '../../src/notifier/notifier.ts';
import { load } from '../config/fixture.ts';

function notifierOf(close: Notifier['close']): Notifier {
  return { maxBatch: 1, notify: async () => [], close };
}

/** Notifiers `a` and `b`, which are opened by these, and no others. */
function configurationOf(openA: Method['open'], openB: Method['open']): Configuration {
  const { configuration } = load(['notifiers: a b', 'a_method: null', 'b_method: null']);
  if (configuration === undefined) throw new Error('this is no configuration');
  const opens = [openA, openB];
  const notifiers = configuration.notifiers.map((notifier, i) => ({
    ...notifier,
    method: { ...notifier.method, open: opens[i] ?? notifier.method.open },
  }));
  return { ...configuration, notifiers, builtIns: [] };
}

function partsOf(others: Partial<GenerationParts>) {
  const lines: unknown[] = [];
  const write = (line: string): void => {
    const { level, notifier, reason } = JSON.parse(line);
    lines.push({ level, notifier, reason });
  };
  const output = { write: async () => {} };
  return { lines, parts: { log: pino({ level: 'warn' }, { write }), output, losses: { see() {} }, ...others } };
}

/** The names of those that are called when the first notifier examines a request that names this method. */
async function calledBy(lines: readonly string[], method: string, message: string): Promise<readonly string[]> {
  const { configuration } = load([...lines, 'notify_external: /bin/true']);
  if (configuration === undefined) throw new Error('this is no configuration');
  const [notifiers, builtIns] = [configuration.notifiers, configuration.builtIns].map((all) =>
    all.map((one) => ({ ...one, method: { ...one.method, open: async () => notifierOf(async () => {}) } })),
  );
  const all = { ...configuration, notifiers: notifiers ?? [], builtIns: builtIns ?? [] };
  const generation = await openGeneration(all, partsOf({}).parts);
  const called: string[] = [];
  for (const { name, seldom } of generation.recipients) seldom?.listen(() => called.push(name));
  const fields = { class: 'EVENT', priority: '', user: '', mailbox: '', options: [] };
  const bytes = encodeFrame({ ...fields, method, message });
  const entry = { position: 1, id: 'a', receivedAt: 0, request: { format: 'datagram' as const, bytes } };
  generation.recipients.find(({ seldom }) => seldom === undefined)?.route(entry);
  await generation.close();
  return called;
}

const hang = (): Promise<never> => new Promise(() => {});

describe('the notifiers of a configuration', () => {
  it('are all closed, and one that hangs is left behind', async () => {
    const closed: string[] = [];
    const { lines, parts } = partsOf({ closeMs: 5 });
    const configuration = configurationOf(
      async () => notifierOf(hang),
      async () => notifierOf(async () => void closed.push('b')),
    );
    const generation = await openGeneration(configuration, parts);
    await generation.close();
    expect(closed).toEqual(['b']);
    expect(lines).toEqual([{ level: pino.levels.values['warn'], notifier: 'a' }]);
  });

  it('may fail to close, which is logged', async () => {
    const { lines, parts } = partsOf({});
    const fail = async (): Promise<never> => {
      throw new Error('EIO');
    };
    const configuration = configurationOf(
      async () => notifierOf(async () => {}),
      async () => notifierOf(fail),
    );
    const generation = await openGeneration(configuration, parts);
    await generation.close();
    await generation.close();
    expect(lines).toEqual([{ level: pino.levels.values['warn'], notifier: 'b', reason: 'EIO' }]);
  });

  it('are given up when one does not open in time: the others are closed, and so is that one should it open after all', async () => {
    const closed: string[] = [];
    let open = (_: Notifier): void => {};
    const late = new Promise<Notifier>((resolve) => {
      open = resolve;
    });
    const tooLong = new AbortController();
    const { parts } = partsOf({ signal: tooLong.signal });
    const configuration = configurationOf(
      async () => notifierOf(async () => void closed.push('a')),
      () => {
        setImmediate(() => tooLong.abort());
        return late;
      },
    );
    await expect(openGeneration(configuration, parts)).rejects.toMatchObject({
      code: 'NOTIFIER_OPEN',
      message: expect.stringContaining('notifier b:'),
    });
    expect(closed).toEqual(['a']);
    await new Promise<void>((resolve) => {
      open(
        notifierOf(async () => {
          closed.push('b');
          resolve();
        }),
      );
    });
    expect(closed).toEqual(['a', 'b']);
  });
});

describe('notifiers that are seldom wanted', () => {
  const event = JSON.stringify({
    ...{ event: 'MessageRead', uri: 'imap://imap.example.org/user/u1;UIDVALIDITY=1795242541/;UID=1', uidset: '1' },
    ...{ user: 'u1', messages: 100 },
  });

  it.each([
    [['notifiers: a', 'a_method: null'], '', event, []],
    [['notifiers: a', 'a_method: log'], 'null', event, ['null']],
    [['notifiers: a', 'a_method: null'], 'log', event, ['log']],
    [['notifiers: a', 'a_method: null'], 'external', event, ['exec']],
    [['notifiers: a', 'a_method: null'], 'nobody', event, ['unusable']],
    [['notifiers: a', 'a_method: null'], '', '{', ['unusable']],
    // Every request is for the built-in one: it needs no call.
    [['notifiers: a', 'a_method: null', 'default_notifiers: log a'], '', event, []],
    [[], '', event, []],
  ])('with %j a request for "%s" calls those that it is for', async (lines, method, message, called) => {
    expect(await calledBy(lines, method, message)).toEqual(called);
  });
});
