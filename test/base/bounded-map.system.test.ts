/** What remembers what comes from outside is bounded in number and in bytes, whatever a sender makes up. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedMap, longestKey, shortKey } from '../../src/base/bounded-map.ts';

const steps = fc.array(
  fc.record({
    key: fc.string({ maxLength: 3 }),
    value: fc.string({ maxLength: 300 }),
    act: fc.constantFrom('set', 'get', 'delete'),
  }),
  { maxLength: 200 },
);

describe('a bounded map', () => {
  it('never holds more entries or bytes than it may, and always what was set last if that fits', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 5000 }), (all, entries, bytes) => {
        const map = new BoundedMap<string>({ entries, bytes }, (value) => 2 * value.length);
        const model = new Map<string, string>();
        for (const { key, value, act } of all) {
          if (act === 'set') {
            map.set(key, value);
            model.delete(key);
            model.set(key, value);
            if (200 + 2 * (key.length + value.length) <= bytes) expect(map.get(key)).toBe(value);
            else expect(map.get(key)).toBeUndefined();
          } else if (act === 'delete') {
            map.delete(key);
            model.delete(key);
          } else expect([undefined, model.get(key)]).toContain(map.get(key));
          expect(map.size).toBeLessThanOrEqual(entries);
          expect(map.bytes).toBeLessThanOrEqual(bytes);
          const counted = [...map].reduce((sum, [one, text]) => sum + 200 + 2 * (one.length + text.length), 0);
          expect(map.bytes).toBe(counted);
        }
      }),
    );
  });

  it('forgets what was used longest ago', () => {
    const map = new BoundedMap<number>({ entries: 2, bytes: 10_000 }, () => 0);
    map.set('a', 1);
    map.set('b', 2);
    map.get('a');
    map.set('c', 3);
    expect([...map]).toEqual([
      ['a', 1],
      ['c', 3],
    ]);
  });

  it('takes a short key for a long one, and different ones for different texts', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), fc.string({ maxLength: 400 }), (one, other) => {
        expect(shortKey(one).length).toBeLessThanOrEqual(longestKey);
        expect(shortKey(one) === shortKey(other)).toBe(one === other);
      }),
    );
  });
});

describe('every memory of what comes from outside', () => {
  it('stays within its bytes when each request names something new and long', () => {
    const program = join(import.meta.dirname, 'bounded-memory.main.ts');
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', '--import', 'tsx', program], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const grown: Readonly<Record<string, { readonly fed: number; readonly grown: number }>> = JSON.parse(stdout);
    expect(Object.keys(grown).sort()).toEqual(['arrivals', 'methods', 'repetitions', 'smtp']);
    for (const [name, { fed, grown: bytes }] of Object.entries(grown)) {
      expect(fed, name).toBeGreaterThan(150e6);
      expect(bytes, name).toBeLessThan(40e6);
    }
  });

  it('is one that this list knows: each Map and Set that an object keeps, and what bounds it', () => {
    const source = join(import.meta.dirname, '../../src');
    const found = readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => {
        const text = readFileSync(join(source, name), 'utf8');
        return [...text.matchAll(/^ {2}(?:readonly )?(#?\w+)(?:: [^=\n]+)? = new (?:Map|Set)\b/gm)].map(
          ([, field = '']) => `${relative('.', name)} ${field}`,
        );
      });
    expect(found.filter((field) => bounded[field] === undefined)).toEqual([]);
    expect(Object.keys(bounded).filter((field) => !found.includes(field))).toEqual([]);
  });
});

/** Why each of these cannot grow without end with what comes from outside. What can is a BoundedMap. */
const bounded: Readonly<Record<string, string>> = {
  'base/bounded-map.ts #entries': 'this is the bounded map',
  'dispatch/hold/held-messages.ts #mailboxes': 'at most mostEntries entries in all',
  'dispatch/hold/release.ts #moved': 'what one step has let go',
  'dispatch/count.ts #found': 'by notifiers and options of the configuration',
  'dispatch/lane.ts #lanes': 'lanes in memory: as many as are read ahead, whose bytes are limited',
  'dispatch/lane.ts #deferredLanes': 'a part of #lanes',
  'dispatch/next-commit.ts #defer': 'until the next commit',
  'dispatch/next-commit.ts #finishedDeferred': 'until the next commit',
  'dispatch/read-ahead.ts #readers': 'one for each notifier',
  'dispatch/read-ahead.ts #waiting': 'one for each notifier',
  'dispatch/last-failures.ts #byNotifier': 'one for each notifier of the configuration',
  'dispatch/pending-progress.ts #open': 'entries in memory: as many as are read ahead',
  'intake-host/intakes.ts #running': 'one for each socket',
  'intake-host/thread.ts #waiting': 'questions that the daemon itself asks',
  'admin/live-feed.ts #clients': 'clients: liveLimits.clients in live-client.ts',
  'admin/live-feed.ts #watched': 'entries: liveLimits.watched',
  'daemon/administration.ts #serving': 'sockets of the configuration',
  'http-server/connections.ts #open': 'connections: http_max_connections',
  'http-server/exchanges.ts #bySocket': 'connections: http_max_connections',
  'metrics/exposition.ts #samples': 'one for each metric that is declared',
  'metrics/history.ts #notifiers': 'one for each notifier of the configuration',
  'metrics/latencies.ts #notifiers': 'by notifiers of the configuration',
  'metrics/request-counts.ts #events': 'by types of the schemas',
  'metrics/request-counts.ts #others': 'four classes',
  'metrics/request-counts.ts #unusable': 'stages: words of this program',
  'notifier/program/job-window.ts #underWay': 'exec_window of them',
  'notifier/program/job-window.ts #suspects': 'ids: cleared when there are more than 16 windows of them',
  'notifier/script/script-program.ts #jobs': 'script_window of them',
  'notifier/mailto/limit.ts #windows': 'at most maxKeys of them, and keys of maxKeyLength',
  'spool/arrivals.ts #waiting': 'one for each consumer',
  'spool/lmdb/consumers/consumer-table.ts #consumers': 'one for each notifier',
  'spool/lmdb/log/log-reader.ts #cache': 'its bytes are counted and limited',
  'spool/lmdb/log/log-reader.ts #damage': 'numbers, at most rememberedDamage of them',
  'spool/lmdb/consumers/outcomes.ts #pending': 'one for each consumer',
  'spool/lmdb/consumers/outcomes.ts #trimFrom': 'one for each consumer',
  'spool/lmdb/consumers/outcomes.ts #writing': 'what a transaction takes',
  'spool/lmdb/repair/page-reader.ts #seen': 'page numbers of one file, while it is salvaged',
  'spool/lmdb/consumers/work-file.ts #condemned': 'one page of a file for each consumer',
  'spool/lmdb/log/remote-writer.ts #waiting': 'appends of other threads, each of which waits for its answer',
  'spool/lmdb/disk/outcome-block.ts #places': 'within one block of outcomes',
};
