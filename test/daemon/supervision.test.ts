import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { type Supervised, Supervision, type SupervisionTimes } from '../../src/daemon/supervision.ts';
import type { ServiceManager } from '../../src/os/service-manager.ts';
import { until } from '../support/until.ts';

const ending: Supervision[] = [];
afterEach(() => {
  for (const one of ending.splice(0)) one.stopping(0);
});

function start(watchdogMs?: number, times: Partial<SupervisionTimes> = {}, monotonicMs = () => performance.now()) {
  const sent: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const manager: ServiceManager = {
    ...(watchdogMs === undefined ? {} : { watchdogMs }),
    notify: (...assignments) => void sent.push(assignments.join(' ')),
    settled: async () => {},
  };
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) });
  const supervision = new Supervision(manager, { log, monotonicMs, times });
  ending.push(supervision);
  const count = (what: string): number => sent.filter((message) => message === what).length;
  return { supervision, sent, lines, count };
}

interface Patient extends Supervised {
  /** Names of parts that do not answer. */
  readonly hanging: Set<string>;
  words: string;
}

function patient(): Patient {
  const hanging = new Set<string>();
  return {
    hanging,
    words: 'all delivered',
    vitals() {
      const answer = (name: string): Promise<void> => (hanging.has(name) ? new Promise(() => {}) : Promise.resolve());
      return new Map(['the intake', 'crm', 'audit'].map((name) => [name, answer(name)]));
    },
    async statusLine() {
      return this.words;
    },
  };
}

describe('supervision', () => {
  it('asks for more time while the log is opened, but not for ever', async () => {
    let [now, looks] = [0, 0];
    const { supervision, sent, count } = start(
      undefined,
      { extendEveryMs: 2, extendByMs: 7, longestStartMs: 60 },
      () => {
        looks += 1;
        return now;
      },
    );
    supervision.starting();
    await until(() => count('EXTEND_TIMEOUT_USEC=7000') >= 3);
    now = 60;
    const [before, asked] = [looks, sent.length];
    await until(() => looks >= before + 3);
    expect(sent.length).toBe(asked);
    expect(sent[0]).toMatch(/^STATUS=.*spool/);
  });

  it('says that it is ready once the log has been read, and not when that fails', async () => {
    const good = start();
    await good.supervision.ready(patient());
    expect(good.sent).toEqual(['READY=1 STATUS=all delivered']);

    const bad = start();
    await bad.supervision.ready({ vitals: () => new Map(), statusLine: () => Promise.reject(new Error('EIO')) });
    expect(bad.sent).toEqual([]);
    expect(bad.lines).toMatchObject([{ level: 50, reason: 'EIO' }]);
  });

  it('goes through reloads to the stop, after which it says nothing more', async () => {
    const { supervision, sent } = start();
    await supervision.ready(patient());
    supervision.reloading();
    supervision.reloaded({ refused: false });
    supervision.stopping(20_000);
    supervision.reloading();
    supervision.reloaded({ refused: false });
    supervision.stopping(20_000);
    expect(sent).toEqual([
      'READY=1 STATUS=all delivered',
      expect.stringMatching(/^RELOADING=1 MONOTONIC_USEC=\d+$/),
      'READY=1',
      expect.stringMatching(/^STOPPING=1 EXTEND_TIMEOUT_USEC=50000000 STATUS=/),
    ]);
  });

  it('says that the configuration on disk is refused until one is taken', async () => {
    const { supervision, sent, count } = start(undefined, { statusMs: 2 });
    const daemon = patient();
    await supervision.ready(daemon);
    const refused = 'the configuration on disk is wrong, see belfry check; ';
    supervision.reloaded({ refused: true });
    supervision.reloaded({ refused: true });
    daemon.words = 'crm: 3 waiting';
    await until(() => count(`STATUS=${refused}crm: 3 waiting`) === 1);
    supervision.reloaded({ refused: false });
    expect(sent).toEqual([
      'READY=1 STATUS=all delivered',
      `READY=1 STATUS=${refused}all delivered`,
      'READY=1',
      `STATUS=${refused}crm: 3 waiting`,
      'READY=1 STATUS=crm: 3 waiting',
    ]);
  });

  it('tells how the queue stands when that has changed', async () => {
    const { supervision, sent } = start(undefined, { statusMs: 2 });
    const daemon = patient();
    await supervision.ready(daemon);
    daemon.words = 'crm: 3 waiting';
    await until(() => sent.length === 2);
    daemon.words = 'all delivered';
    await until(() => sent.length === 3);
    expect(sent.slice(1)).toEqual(['STATUS=crm: 3 waiting', 'STATUS=all delivered']);
  });

  it('keeps the watchdog content as long as every part answers', async () => {
    const { supervision, lines, count } = start(30);
    await supervision.ready(patient());
    await until(() => count('WATCHDOG=1') >= 5);
    expect(lines).toEqual([]);
  });

  it('says nothing to the watchdog while one part hangs, logs which, and goes on when it answers again', async () => {
    const { supervision, lines, count } = start(30);
    const daemon = patient();
    await supervision.ready(daemon);
    await until(() => count('WATCHDOG=1') >= 2);
    for (const part of ['the intake', 'crm']) {
      lines.length = 0;
      daemon.hanging.add(part);
      await until(() => lines.length > 0);
      const before = count('WATCHDOG=1');
      expect(lines).toMatchObject([{ level: 50, hanging: [part] }]);
      // By time: that it says nothing shows only when the moment is over in which it would.
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(count('WATCHDOG=1')).toBe(before);
      daemon.hanging.delete(part);
      await until(() => count('WATCHDOG=1') >= before + 2);
      expect(lines).toMatchObject([{ hanging: [part] }, { level: 30 }]);
    }
  });

  it('does nothing where there is no service manager', async () => {
    const supervision = new Supervision(undefined, { log: pino({ enabled: false }), monotonicMs: () => 0 });
    supervision.starting();
    const vitals = (): never => {
      throw new Error('nobody is to be asked');
    };
    await supervision.ready({ vitals, statusLine: vitals });
    supervision.reloading();
    supervision.reloaded({ refused: false });
    supervision.stopping(0);
  });
});
