/** `belfry doctor` on a real Cyrus and a real Dovecot: fourteen set-ups with a fault each, and a good one of each. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { cyrusIsMissing, startCyrus } from './cyrus.ts';
import { belfry, type Daemon, startDaemon } from './daemon.ts';
import { dovecot23, startDovecot } from './dovecot.ts';
import { printTable } from './table.ts';
import { makeWorkspace } from './workspace.ts';

interface Finding {
  readonly check: string;
  readonly verdict: 'ok' | 'warning' | 'fault' | 'unchecked';
  readonly message: string;
  readonly place?: { readonly file: string; readonly line?: number; readonly option?: string };
  readonly meaning?: string;
  readonly remedy?: string;
}

interface Doctor {
  readonly status: number | null;
  readonly findings: readonly Finding[];
  readonly faults: readonly Finding[];
}

/** What is examined, by the flags of the command. */
interface Files {
  readonly config: string;
  readonly imapdConf?: string;
  readonly cyrusConf?: string;
  readonly dovecotConf?: string;
}

/** Files that are not there stand for the mail server that is not examined. */
async function doctor({ config, imapdConf, cyrusConf, dovecotConf }: Files): Promise<Doctor> {
  const flags = [
    ...(imapdConf === undefined ? [] : ['--imapd-conf', imapdConf]),
    ...(cyrusConf === undefined ? [] : ['--cyrus-conf', cyrusConf]),
    ...(dovecotConf === undefined ? [] : ['--dovecot-conf', dovecotConf]),
  ];
  const { status, stdout } = await belfry(['doctor', '--json', '-C', config, ...flags]);
  const findings = stdout
    .trim()
    .split('\n')
    .map((line): Finding => JSON.parse(line));
  return { status, findings, faults: findings.filter(({ verdict }) => verdict === 'fault') };
}

const head = ['set-up', 'fault', 'remedy'];
let rows: (string | number)[][] = [head];

/** Each fault says what it means and what to do; the one that was made is among them, and nothing that has no part in it. */
function expectFault(
  { status, faults }: Doctor,
  title: string,
  check: string,
  message: RegExp,
  remedy: RegExp,
): Finding {
  expect(status).toBe(69);
  for (const fault of faults) expect(fault).toMatchObject({ meaning: expect.any(String), remedy: expect.any(String) });
  const found = faults.find((one) => one.check === check && message.test(one.message));
  expect(found, JSON.stringify(faults, undefined, 1)).toBeDefined();
  expect(found?.remedy).toMatch(remedy);
  expect(
    faults.filter((one) => one !== found),
    title,
  ).toEqual([]);
  rows.push([title, found?.message ?? '', found?.remedy ?? '']);
  return found ?? { check, verdict: 'fault', message: '' };
}

/** The lines of a file with those of these options replaced; an option without a value is left out. */
async function change(file: string, options: Readonly<Record<string, string | undefined>>): Promise<string> {
  const kept = (await readFile(file, 'utf8')).split('\n').filter((line) => !((line.split(':', 1)[0] ?? '') in options));
  const added = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  const changed = `${file}-changed`;
  await writeFile(changed, [...added, ...kept].join('\n'));
  return changed;
}

const missing = cyrusIsMissing() ?? dovecot23.missing;
const title = missing === undefined ? 'belfry doctor' : `belfry doctor (skipped: ${missing})`;

describe.skipIf(missing !== undefined)(`${title}, Cyrus`, () => {
  async function place() {
    const directory = await makeWorkspace(onTestFinished);
    const socket = join(directory, 'notify');
    const config = join(directory, 'belfry.conf');
    await writeFile(
      config,
      [
        `configdirectory: ${directory}`,
        `notifysocket: ${socket}`,
        'notifysocket_group: mail',
        'event_groups: message flags mailbox',
        'notifiers: audit',
        'audit_method: log',
        `audit_log_file: ${join(directory, 'audit.log')}`,
        'audit_events: MessageNew FlagsSet',
        'spool_max_size: 16M\n',
      ].join('\n'),
    );
    const daemon = await startDaemon(['serve', '-C', config], onTestFinished);
    const state = join(directory, 'cyrus');
    const imapdConf = join(state, 'imapd.conf');
    const cyrusConf = join(state, 'cyrus.conf');
    await startCyrus(
      {
        state,
        notifySocket: socket,
        env: { EVENT_GROUPS: 'message flags mailbox access', EVENT_EXTRA_PARAMS: 'timestamp messageSize' },
      },
      onTestFinished,
    );
    return { directory, socket, config, imapdConf, cyrusConf, daemon };
  }
  type Place = Awaited<ReturnType<typeof place>>;

  test('finds no fault in a good set-up, and what is wrong in ten broken ones', async () => {
    const at = await place();
    const { directory, socket, config, imapdConf, cyrusConf } = at;
    const good = await doctor(at);
    expect(good.faults).toEqual([]);
    expect(good.status).toBe(0);
    const event = good.findings.find(({ check }) => check === 'event');
    expect(good.findings.find(({ check }) => check === 'cyrus.conf')).toMatchObject({
      verdict: 'ok',
      message: expect.stringMatching(/no notifyd/),
    });
    expect(event).toMatchObject({ verdict: 'ok', message: expect.stringMatching(/null in \d+ ms/) });
    // Nobody else got it.
    expect(await readFile(join(directory, 'audit.log'), 'utf8').catch(() => '')).not.toContain('belfry-doctor');

    // What belfry init makes of this Cyrus is right, and belfry check says so.
    const first = join(directory, 'init.conf');
    const made = await belfry(['init', '--imapd-conf', imapdConf, '--cyrus-conf', cyrusConf, '-o', first]);
    expect(made).toMatchObject({ status: 0, stdout: expect.stringContaining('needs no change') });
    expect((await readFile(first, 'utf8')).split('\n')).toEqual(
      expect.arrayContaining([
        `notifysocket: ${socket}`,
        'notifysocket_group: mail',
        'event_groups: message flags mailbox access',
      ]),
    );
    expect(await belfry(['check', '-q', '-C', first])).toMatchObject({ status: 0, stderr: '' });

    const notSet = await change(imapdConf, { event_notifier: undefined });
    const silent = expectFault(
      await doctor({ ...at, imapdConf: notSet }),
      'event_notifier is missing',
      'cyrus',
      /event_notifier/,
      /event_notifier: default/,
    );
    expect(silent.place).toMatchObject({ file: notSet });

    const text = await readFile(imapdConf, 'utf8');
    await writeFile(`${imapdConf}-twice`, `${text}notifysocket: ${socket}\n`);
    const twice = expectFault(
      await doctor({ ...at, imapdConf: `${imapdConf}-twice` }),
      'notifysocket twice',
      'cyrus',
      /already set/,
      /remove one/,
    );
    expect(twice.place).toMatchObject({ option: 'notifysocket', line: text.split('\n').length });

    const elsewhere = await change(imapdConf, { notifysocket: join(directory, 'other') });
    expectFault(
      await doctor({ ...at, imapdConf: elsewhere }),
      'another notifysocket',
      'cyrus',
      /other/,
      new RegExp(`notifysocket: ${socket}`),
    );

    const killing = await change(imapdConf, { event_groups: 'message flags mailbox quota' });
    const killed = expectFault(
      await doctor({ ...at, imapdConf: killing }),
      'the group quota',
      'cyrus',
      /aborts/,
      /remove quota/,
    );
    expect(killed.place).toMatchObject({ option: 'event_groups', line: 1 });

    const fewer = await change(imapdConf, { event_groups: 'message mailbox' });
    expectFault(
      await doctor({ ...at, imapdConf: fewer }),
      'the group flags is missing',
      'cyrus',
      /FlagsSet/,
      /message mailbox flags/,
    );

    const notifyd = join(directory, 'cyrus.conf');
    const service = `  notify cmd="notifyd" listen="${socket}" proto="udp" prefork=1`;
    await writeFile(notifyd, (await readFile(cyrusConf, 'utf8')).replace('SERVICES {', `SERVICES {\n${service}`));
    const started = expectFault(
      await doctor({ ...at, cyrusConf: notifyd }),
      'notifyd on the same socket',
      'cyrus.conf',
      /notifyd/,
      /line \d+/,
    );
    expect((await readFile(notifyd, 'utf8')).split('\n')[(started.place?.line ?? 0) - 1]).toBe(service);

    await closed(at);
    await hanging(at);
    await stopped(at);
    await absent(at, config);
    printTable('Broken set-ups of Cyrus', rows);
    rows = [head];
  });

  /** A receiver that is not there. */
  async function absent(at: Place, config: string): Promise<void> {
    const { PORT: port } = await freePorts(['PORT']);
    const crm = join(at.directory, 'crm.conf');
    const lines = (await readFile(config, 'utf8')).replace('notifiers: audit', 'notifiers: audit crm');
    await writeFile(crm, `${lines}crm_method: webhook\ncrm_webhook_url: http://127.0.0.1:${port}/hook\n`);
    const daemon = await startDaemon(['serve', '-C', crm], onTestFinished);
    const found = expectFault(
      await doctor({ ...at, config: crm }),
      'no receiver',
      'receivers',
      /ECONNREFUSED/,
      new RegExp(port),
    );
    expect(found.place).toMatchObject({ file: crm, option: 'crm_webhook_url' });
    await daemon.stop();
  }

  /** The user of Cyrus may not write to the socket. */
  async function closed(at: Place): Promise<void> {
    await at.daemon.stop();
    const shut = await change(at.config, { notifysocket_group: 'root', notifysocket_mode: '0600' });
    const daemon = await startDaemon(['serve', '-C', shut], onTestFinished);
    expectFault(
      await doctor({ ...at, config: shut }),
      'a socket without rights',
      'sockets',
      /cyrus may not write/,
      /notifysocket_group: mail/,
    );
    await daemon.stop();
  }

  /** A daemon that hangs: it is said so within seconds. */
  async function hanging(at: Place): Promise<void> {
    const daemon = await startDaemon(['serve', '-C', at.config], onTestFinished);
    daemon.send('SIGSTOP');
    try {
      const found = expectFault(await doctor(at), 'a daemon that hangs', 'daemon', /no answer/, /restart belfry/);
      expect(found.message).toContain(join(at.directory, 'control'));
    } finally {
      daemon.send('SIGCONT');
    }
    await daemon.stop();
  }

  /** A daemon that does not run: nobody receives, and nobody answers. */
  async function stopped(at: Place): Promise<void> {
    await rm(join(at.directory, 'control'), { force: true });
    const { status, faults, findings } = await doctor(at);
    expect(status).toBe(69);
    expect(faults.map(({ check }) => check)).toEqual(['sockets', 'daemon']);
    expect(faults.map(({ remedy }) => remedy)).toEqual([
      expect.stringMatching(/belfry serve/),
      expect.stringMatching(/belfry serve/),
    ]);
    expect(findings.find(({ check }) => check === 'event')).toMatchObject({ verdict: 'unchecked' });
    rows.push(['a stopped daemon', faults[1]?.message ?? '', faults[1]?.remedy ?? '']);
  }
});

describe.skipIf(missing !== undefined)(`${title}, Dovecot`, () => {
  test('finds no fault in a good set-up, and what is wrong in four broken ones', async () => {
    const directory = await makeWorkspace(onTestFinished);
    const { HTTP: port, OTHER: other } = await freePorts(['HTTP', 'OTHER']);
    const config = join(directory, 'belfry.conf');
    const lines = [
      `configdirectory: ${directory}`,
      `notifysocket: ${join(directory, 'notify')}`,
      `http_listen: 127.0.0.1:${port}`,
      'http_token: 3oN2YqBPVr8d3oN2YqBPVr8d3oN2YqBP',
      'event_groups: message flags mailbox subscription',
      'notifiers: audit',
      'audit_method: log',
      `audit_log_file: ${join(directory, 'audit.log')}`,
      'spool_max_size: 16M\n',
    ];
    await writeFile(config, lines.join('\n'));
    const daemon: Daemon = await startDaemon(['serve', '-C', config], onTestFinished);
    const state = join(directory, 'dovecot');
    await startDovecot(
      {
        state,
        drivers: ['lua'],
        belfryUrl: `http://127.0.0.1:${port}`,
        lua: { belfry_token: '3oN2YqBPVr8d3oN2YqBPVr8d3oN2YqBP' },
      },
      onTestFinished,
    );
    const dovecotConf = join(state, 'dovecot.conf');
    const text = await readFile(dovecotConf, 'utf8');
    const good = await doctor({ config, dovecotConf });
    expect(good.faults).toEqual([]);
    expect(good.status).toBe(0);
    expect(good.findings.filter(({ check, verdict }) => check === 'dovecot' && verdict === 'ok').length).toBe(2);

    const broken = async (from: string | RegExp, to: string): Promise<Doctor> => {
      const file = join(directory, 'dovecot-broken.conf');
      const changed = text.replace(from, to);
      expect(changed).not.toBe(text);
      await writeFile(file, changed);
      return doctor({ config, dovecotConf: file });
    };
    const protocol = 'protocol lmtp {\n  mail_plugins = sieve\n}\nprotocol imap {';
    expectFault(
      await broken('protocol imap {', protocol),
      'lmtp without the plugins',
      'dovecot',
      /lmtp/,
      /protocol lmtp/,
    );
    expectFault(
      await broken(`127.0.0.1:${port}`, `127.0.0.1:${other}`),
      'another port',
      'dovecot',
      new RegExp(other),
      new RegExp(`belfry_url = http://127.0.0.1:${port}/dovecot`),
    );
    expectFault(
      await broken('belfry_token = 3oN2', 'belfry_token = 4oN2'),
      'another token',
      'dovecot',
      /belfry_token/,
      /same token/,
    );
    expectFault(
      await broken(/lua:file=\S+/, 'lua:file=/nonexistent.lua'),
      'no script',
      'dovecot',
      /nonexistent/,
      /belfry\.lua/,
    );
    await daemon.stop();
    printTable('Broken set-ups of Dovecot', rows);
  });
});
