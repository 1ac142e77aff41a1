/** A real Dovecot, 2.3 and 2.4, reports to belfry over HTTP: all that it can report, once, and its users do not wait. */
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { MailEvent } from '../../src/base/event.ts';
import { loadSchemas } from '../../src/schema/load-schemas.ts';
import { freePorts } from '../support/free-ports.ts';
import { until } from '../support/until.ts';
import { belfry, type Daemon, startDaemon } from './daemon.ts';
import {
  type Dovecot,
  type DovecotRelease,
  type DovecotSettings,
  type Driver,
  dovecot23,
  dovecot24,
  dovecotWorkspace,
  mailUser,
  startDovecot,
} from './dovecot.ts';
import { deliver } from './lmtp.ts';
import { startLocalServer, textOf } from './local-server.ts';
import { printTable } from './table.ts';
import { linesOf } from './telling.ts';
import { makeWorkspace } from './workspace.ts';

const everyType = [
  'FlagsClear',
  'FlagsSet',
  'MailboxCreate',
  'MailboxDelete',
  'MailboxRename',
  'MailboxSubscribe',
  'MailboxUnSubscribe',
  'MessageAppend',
  'MessageExpunge',
  'MessageNew',
  'MessageRead',
  'MessageTrash',
];

/** How long belfry.lua is let wait for a belfry that is silent. */
const limitMs = 3000;

const titleOf = ({ name, missing }: DovecotRelease): string =>
  missing === undefined ? `a real Dovecot ${name}` : `a real Dovecot ${name} (skipped: ${missing})`;

interface Site {
  readonly daemon: Daemon;
  readonly dovecot: Dovecot;
  readonly configurationFile: string;
  readonly journal: string;
}

/** belfry and a Dovecot that tells it everything. `lines` are notifiers beside the journal, named in `notifiers`. */
async function makeSite(
  drivers: readonly Driver[],
  {
    release = dovecot23,
    notifiers = '',
    lines = [],
    lua,
  }: { notifiers?: string; lines?: readonly string[] } & Pick<DovecotSettings, 'lua' | 'release'> = {},
): Promise<Site> {
  const directory = await dovecotWorkspace(release, onTestFinished);
  const { HTTP } = await freePorts(['HTTP']);
  const configurationFile = join(directory, 'belfry.conf');
  const journal = join(directory, 'journal.log');
  const configuration = [
    `configdirectory: ${directory}`,
    `notifysocket: ${join(directory, 'notify')}`,
    `http_listen: 127.0.0.1:${HTTP}`,
    'event_groups: message flags mailbox subscription',
    `notifiers: journal ${notifiers}`,
    'journal_method: log',
    `journal_log_file: ${journal}`,
    ...lines,
  ];
  await writeFile(configurationFile, `${configuration.join('\n')}\n`);
  const daemon = await startDaemon(['serve', '-C', configurationFile], onTestFinished);
  const settings = {
    release,
    state: join(directory, 'dovecot'),
    drivers,
    belfryUrl: `http://127.0.0.1:${HTTP}`,
    // What does not come in time is lost, as it must be; that is tried where it is asked for.
    lua: lua ?? { belfry_timeout_msecs: '60000' },
  };
  return { daemon, dovecot: await startDovecot(settings, onTestFinished), configurationFile, journal };
}

interface QueueRow {
  readonly notifier: string;
  readonly waiting: number;
  readonly deferred: number;
  readonly dead: number;
}

async function queueOf(site: Site): Promise<readonly QueueRow[]> {
  const { status, stdout } = await belfry(['queue', '--json', '-C', site.configurationFile]);
  expect(status).toBe(0);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** Resolves when every notifier has all there is; nothing may be dead, nor set aside as not understood. */
async function allTold(site: Site): Promise<void> {
  let rows: readonly QueueRow[] = [];
  await until(
    'every notifier to have all there is',
    async () => {
      rows = await queueOf(site);
      return rows.every(({ waiting, deferred }) => waiting + deferred === 0);
    },
    { deadlineMs: 600_000, seen: () => JSON.stringify(rows) },
  );
  expect(rows.filter(({ dead }) => dead > 0)).toEqual([]);
}

async function journalOf({ journal }: Site): Promise<readonly MailEvent[]> {
  return (await linesOf(journal)).map((line) => JSON.parse(line).payload);
}

/** What distinguishes one occurrence in a session from another, wherever and whenever the session was played. */
function occurrence(event: MailEvent): string {
  const place = (uri: unknown): string =>
    String(uri)
      .replace(/@[^/]+\//, '/')
      .replace(/;UIDVALIDITY=\d+/, '');
  const { event: type, uri, uidset = '', flagNames = '', oldMailboxID = '' } = event;
  return [type, place(uri), uidset, flagNames, oldMailboxID === '' ? '' : place(oldMailboxID)].join(' ');
}

const schemas = await loadSchemas();

for (const release of [dovecot23, dovecot24]) {
  describe.skipIf(release.missing !== undefined)(titleOf(release), () => {
    test('every event that it can tell is told: normalised, valid, and once, whichever drivers are active', async () => {
      const sets: readonly (readonly Driver[])[] = [['lua'], ['ox', 'lua'], ['ox', 'dlog', 'lua'], ['ox']];
      const sessions = sets.map(async (drivers): Promise<readonly [string, readonly MailEvent[]]> => {
        const site = await makeSite(drivers, { release });
        await site.dovecot.drive();
        await site.dovecot.stop();
        await allTold(site);
        const events = await journalOf(site);
        expect(await site.dovecot.logged('belfry:', 'Panic', 'Fatal')).toEqual([]);
        expect(await site.daemon.stop()).toEqual({ status: 0, signal: null });
        return [drivers.join(' '), events];
      });
      // Beside each other, because a session mostly waits.
      const told = new Map(await Promise.all(sessions));
      const counts = (type: string): readonly number[] =>
        [...told.values()].map((events) => events.filter(({ event }) => event === type).length);
      printTable(
        `Dovecot ${release.name}, a session that provokes all its events: told by belfry, by the drivers that are active`,
        [['', ...told.keys()], ...everyType.map((type) => [type, ...counts(type)])],
      );

      for (const events of told.values()) {
        for (const event of events) expect(schemas.validate(event)).toEqual({ ok: true, known: true });
      }
      const occurrences = (drivers: string): readonly string[] => (told.get(drivers) ?? []).map(occurrence).sort();
      const alone = occurrences('lua');
      expect([...new Set(told.get('lua')?.map(({ event }) => event))].sort()).toEqual(everyType);
      expect(occurrences('ox lua')).toEqual(alone);
      expect(occurrences('ox dlog lua')).toEqual(alone);
      const arrivals =
        told.get('lua')?.filter(({ event }) => event === 'MessageNew' || event === 'MessageAppend') ?? [];
      expect(new Set(arrivals.map(({ uri }) => uri)).size).toBe(arrivals.length);
      // The OX driver tells of new mail in INBOX and of nothing else, until a rename takes INBOX and what is noted there away.
      const inInbox = alone.filter((one) => /^MessageNew \S+\/INBOX\//.test(one));
      const renewed = inInbox.filter((one, i) => inInbox.indexOf(one) !== i);
      expect([...occurrences('ox'), ...renewed].sort()).toEqual(inInbox);
    });

    test('a subject of any bytes costs neither its event nor the name of the mailbox', async () => {
      const bytes = Buffer.from(
        'a \xff\xfe \xe2\x82 \xed\xa0\x80 \xc0\xaf \xf5 "q" \\ \x01 \xc3\xbc \xf0\x9f\x98\x80',
        'latin1',
      );
      for (const driver of ['lua', 'ox'] as const) {
        const site = await makeSite([driver], { release });
        await deliver(site.dovecot.lmtpPort, ['alice'], bytes);
        await site.dovecot.stop();
        await allTold(site);
        const arrival = (await journalOf(site)).find(({ event }) => event === 'MessageNew');
        expect(arrival?.['uri']).toMatch(/^imap:\/\/alice@[a-z.]+\/INBOX;UIDVALIDITY=\d+\/;UID=1$/);
        expect(arrival?.['vnd.dovecot.subject']).toMatch(/^a .*\ufffd.* "q" \\ .* ü 😀$/s);
      }
    });
  });
}

describe.skipIf(dovecot23.missing !== undefined)(titleOf(dovecot23), () => {
  test('a delivery waits no longer when every notifier hangs, and nothing is lost', async () => {
    let hangs = true;
    const bodies: string[] = [];
    const held: (() => void)[] = [];
    const { url } = await startLocalServer((request, response) => {
      textOf(request).then(
        (body) => {
          const take = (): void => {
            bodies.push(body);
            response.writeHead(204).end();
          };
          if (hangs) held.push(take);
          else take();
        },
        () => response.destroy(),
      );
    }, onTestFinished);
    const hook = (name: string, events: string): readonly string[] => [
      `${name}_method: webhook`,
      `${name}_webhook_url: ${url}?${name}`,
      `${name}_webhook_timeout: 60s`,
      `${name}_events: ${events}`,
      `${name}_order: none`,
    ];
    const idle = await makeSite(['lua', 'ox'], {
      notifiers: 'one two',
      lines: [...hook('one', 'Login'), ...hook('two', 'Login')],
    });
    const hanging = await makeSite(['lua', 'ox'], {
      notifiers: 'one two',
      lines: [...hook('one', 'MessageNew'), ...hook('two', 'MessageNew')],
    });
    const waits = { idle: [] as number[], hanging: [] as number[] };
    const deliveries = 60;
    for (let n = 0; n < deliveries; n++) {
      // In turns, and each first as often as the other: what else the machine does strikes both.
      const order = n % 2 === 0 ? (['idle', 'hanging'] as const) : (['hanging', 'idle'] as const);
      for (const which of order) {
        const { lmtpPort } = (which === 'idle' ? idle : hanging).dovecot;
        waits[which].push(await deliver(lmtpPort, ['alice'], `number ${n}`));
      }
    }
    await until('both notifiers to hang', () => held.length > 1);
    printTable(`LMTP, from the mail to the reply: ${deliveries} deliveries each, in turns (ms)`, [
      ['notifiers', 'median', 'p90', 'longest'],
      ...Object.entries(waits).map(([name, list]) => [
        name,
        ...[0.5, 0.9, 1].map((part) => round(quantile(list, part))),
      ]),
    ]);
    expect(quantile(waits.hanging, 0.5)).toBeLessThan(1.5 * quantile(waits.idle, 0.5) + 5);

    hangs = false;
    for (const take of held) take();
    await allTold(hanging);
    const subjects = bodies.map((body) => String(JSON.parse(body)['vnd.dovecot.subject']));
    const all = Array.from({ length: deliveries }, (_, n) => `number ${n}`);
    expect(new Set(subjects)).toEqual(new Set(all));
    expect(subjects).toHaveLength(2 * deliveries);
    const journal = (await journalOf(hanging)).filter(({ event }) => event === 'MessageNew');
    expect(journal.map((event) => event['vnd.dovecot.subject']).sort()).toEqual([...all].sort());
  });

  test('a message’s text is sent with belfry_snippet = yes, and by no other setting', async () => {
    for (const [belfry_snippet, expected] of [
      [undefined, 0],
      ['no', 0],
      ['yes', 1],
    ] as const) {
      const lua = { belfry_timeout_msecs: '60000', ...(belfry_snippet === undefined ? {} : { belfry_snippet }) };
      const site = await makeSite(['lua'], { lua });
      await deliver(site.dovecot.lmtpPort, ['alice'], 'with a text');
      await allTold(site);
      const told = (await journalOf(site)).filter(({ event }) => event === 'MessageNew');
      expect(told).toHaveLength(1);
      expect(told.filter((event) => Object.hasOwn(event, 'vnd.dovecot.snippet'))).toHaveLength(expected);
      await site.dovecot.stop();
    }
  });

  test('http_token lets those in who have it in belfry_token, and nobody else', async () => {
    const token = '3oN2YqBPVr8d3oN2YqBPVr8d3oN2YqBP';
    for (const [lua, expected] of [
      [{ belfry_token: token }, 1],
      [{ belfry_token: `${token}x` }, 0],
    ] as const) {
      const site = await makeSite(['lua'], {
        lines: [`http_token: ${token}`],
        lua: { belfry_timeout_msecs: '60000', ...lua },
      });
      await deliver(site.dovecot.lmtpPort, ['alice'], 'with a token');
      await allTold(site);
      expect((await journalOf(site)).filter(({ event }) => event === 'MessageNew')).toHaveLength(expected);
      expect((await site.dovecot.logged('401')).length > 0).toBe(expected === 0);
      await site.dovecot.stop();
    }
  });

  test('with belfry stopped, and with belfry silent, deliveries and sessions go on', async () => {
    const rows: (readonly (string | number)[])[] = [];
    const measure = async (what: string, { dovecot }: Site): Promise<readonly number[]> => {
      const waits: number[] = [];
      for (let n = 0; n < 5; n++) waits.push(await deliver(dovecot.lmtpPort, ['alice', 'bobby'], `n ${n}`));
      const commands = await createMailboxes(dovecot.imapPort, what.replaceAll(/\W/g, ''), 5);
      const shown = (list: readonly number[]): readonly number[] => [
        round(list[0] ?? 0),
        round(quantile(list.slice(1), 0.5)),
      ];
      rows.push([what, ...shown(waits), ...shown(commands)]);
      return [...waits, ...commands];
    };

    const site = await makeSite(['lua'], { lua: { belfry_timeout_msecs: `${limitMs}`, belfry_pause_secs: '60' } });
    await measure('running', site);
    site.daemon.send('SIGSTOP');
    const silent = await measure('silent', site);
    site.daemon.send('SIGCONT');
    expect(await site.daemon.stop()).toEqual({ status: 0, signal: null });
    const stopped = await measure('stopped', site);
    await until('Dovecot to say that events are lost', async () => (await site.dovecot.logged('are lost')).length > 0);
    await site.dovecot.stop();

    const shared = await makeSite(['lua'], await withPauseFile());
    shared.daemon.send('SIGSTOP');
    const paused = await measure('silent, one pause for all', shared);
    shared.daemon.send('SIGCONT');
    await shared.dovecot.stop();

    const ox = await makeSite(['ox']);
    expect(await ox.daemon.stop()).toEqual({ status: 0, signal: null });
    await measure('stopped, the OX driver alone', ox);

    printTable('What a delivery to two users, and a command of an IMAP session, waits for belfry (ms)', [
      ['belfry is', 'first delivery', 'median of others', 'first command', 'median of others'],
      ...rows,
    ]);
    // Two recipients are two transactions: each may wait for its time. The rest is what Dovecot itself takes.
    expect(Math.max(...silent)).toBeLessThan(4 * limitMs);
    // Whoever does not pause waits for the whole of it, each time.
    expect(quantile(silent.slice(6), 0.5)).toBeLessThan(limitMs / 2);
    expect(quantile(stopped, 0.5)).toBeLessThan(limitMs / 2);
    expect(quantile(paused, 0.5)).toBeLessThan(limitMs / 2);
  });
});

/** A directory that belongs to the owner of all mail. */
async function withPauseFile(): Promise<{ lua: Readonly<Record<string, string>> }> {
  const directory = join(await makeWorkspace(onTestFinished), 'pause');
  await mkdir(directory);
  await chown(directory, mailUser, mailUser);
  return {
    lua: { belfry_timeout_msecs: `${limitMs}`, belfry_pause_secs: '60', belfry_pause_file: join(directory, 'until') },
  };
}

/** How long each of `count` commands took that make a mailbox, in one session of alice. */
async function createMailboxes(port: number, prefix: string, count: number): Promise<readonly number[]> {
  const socket = connect(port, '127.0.0.1');
  try {
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    const command = async (tag: string, words: string): Promise<number> => {
      const from = performance.now();
      socket.write(`${tag} ${words}\r\n`);
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error('the IMAP server has hung up');
        if (value.startsWith(`${tag} OK`)) return performance.now() - from;
        if (value.startsWith(`${tag} `)) throw new Error(`${words}: ${value}`);
      }
    };
    await command('a', 'LOGIN alice test');
    const waits: number[] = [];
    for (let n = 0; n < count; n++) waits.push(await command(`b${n}`, `CREATE ${prefix}${n}`));
    return waits;
  } finally {
    socket.destroy();
  }
}

function quantile(list: readonly number[], part: number): number {
  const sorted = list.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

const round = (ms: number): number => Math.round(ms * 10) / 10;
