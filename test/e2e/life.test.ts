/** The life of the daemon: what signals, wrong configurations, other daemons and a lack of everything do to it. */
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { belfry, type Daemon, startDaemon } from './daemon.ts';
import { startReceiver } from './receiver.ts';
import { runSuccessfully } from './run-program.ts';
import { linesOf } from './telling.ts';
import { until } from './until.ts';
import { makeWorkspace } from './workspace.ts';

interface Place {
  readonly directory: string;
  readonly socket: string;
  readonly configurationFile: string;
  readonly journal: string;
}

/** A directory with a configuration of one log notifier, `journal`, and whatever `lines` add. */
async function place(lines: readonly string[] = [], notifiers = 'journal'): Promise<Place> {
  const directory = await makeWorkspace(onTestFinished);
  const at: Place = {
    directory,
    socket: join(directory, 'notify'),
    configurationFile: join(directory, 'belfry.conf'),
    journal: join(directory, 'journal.log'),
  };
  await configure(at, [`notifiers: ${notifiers}`, 'journal_method: log', `journal_log_file: ${at.journal}`, ...lines]);
  return at;
}

function configure({ directory, socket, configurationFile }: Place, lines: readonly string[]): Promise<void> {
  const common = [`configdirectory: ${directory}`, `notifysocket: ${socket}`];
  return writeFile(configurationFile, `${[...common, ...lines].join('\n')}\n`);
}

const serve = ({ configurationFile }: Place): Promise<Daemon> =>
  startDaemon(['serve', '-C', configurationFile], onTestFinished);

async function send({ socket }: Place, ...words: readonly string[]): Promise<void> {
  expect(await belfry(['send', '-f', socket, '-c', 'TEST', ...words])).toMatchObject({ status: 0 });
}

const toldTimes = (file: string, count: number): Promise<true> =>
  until(`${count} lines in ${file}`, async () => (await linesOf(file)).length >= count);

const clean = { status: 0, signal: null };

describe('a stop', () => {
  test('SIGTERM ends it with status 0 and takes the socket file away', async () => {
    const at = await place();
    const daemon = await serve(at);
    await send(at, '-t', 'first');
    await toldTimes(at.journal, 1);
    expect(await daemon.stop()).toEqual(clean);
    await expect(stat(at.socket)).rejects.toThrow('ENOENT');
    expect(daemon.lines().at(-1)).toMatchObject({ msg: 'stopped' });
  });

  test('what is under way may finish, and a second signal ends it at once', async () => {
    const receiver = await startReceiver('hang', onTestFinished);
    const at = await place(
      ['hook_method: webhook', `hook_webhook_url: ${receiver.url}`, 'hook_webhook_timeout: 5m', 'shutdown_grace: 5m'],
      'journal hook',
    );
    const daemon = await serve(at);
    await send(at, '-t', 'first');
    await until('the receiver to hang', () => receiver.begun() > 0);
    daemon.send('SIGTERM');
    await daemon.line('the line "stopping"', ({ msg }) => msg === 'stopping');
    daemon.send('SIGTERM');
    expect(await daemon.ended).toEqual({ status: null, signal: 'SIGTERM' });
  });

  test('it does not wait for a receiver longer than shutdown_grace', async () => {
    const receiver = await startReceiver('hang', onTestFinished);
    const at = await place(
      ['hook_method: webhook', `hook_webhook_url: ${receiver.url}`, 'hook_webhook_timeout: 5m', 'shutdown_grace: 1s'],
      'journal hook',
    );
    const daemon = await serve(at);
    await send(at, '-t', 'first');
    await until('the receiver to hang', () => receiver.begun() > 0);
    const start = performance.now();
    expect(await daemon.stop()).toEqual(clean);
    const tookMs = performance.now() - start;
    expect(tookMs).toBeGreaterThan(900);
    expect(tookMs).toBeLessThan(10_000);
    expect(daemon.lines()).toContainEqual(expect.objectContaining({ notifier: 'hook', unfinished: 1 }));
  });
});

describe('a reload', () => {
  test('SIGHUP with a wrong file keeps what is in force and says why; with a right one it takes it', async () => {
    const at = await place();
    const daemon = await serve(at);
    const { ino } = await stat(at.socket);
    await configure(at, ['notifiers: journal', 'journal_method: lok']);
    daemon.send('SIGHUP');
    const refused = await daemon.line('the refusal', ({ msg }) => msg?.includes('old one stays in force') ?? false);
    expect(refused).toMatchObject({ level: 'error', file: at.configurationFile });
    const problems = daemon.lines().map((line) => String(line['problem'] ?? ''));
    expect(problems).toContainEqual(expect.stringMatching(/belfry\.conf:4: error: journal_method: .*lok.*log/));
    await send(at, '-t', 'told under the old one');
    await toldTimes(at.journal, 1);

    const other = join(at.directory, 'other.log');
    await configure(at, ['notifiers: journal', 'journal_method: log', `journal_log_file: ${other}`]);
    daemon.send('SIGHUP');
    await daemon.line('the line "reloaded"', ({ msg }) => msg === 'reloaded');
    await send(at, '-t', 'told under the new one');
    await toldTimes(other, 1);
    expect((await linesOf(at.journal)).length).toBe(1);
    expect((await stat(at.socket)).ino).toBe(ino);
    expect(await daemon.stop()).toEqual(clean);
  });

  test('nothing is lost that is sent while it reloads', async () => {
    const at = await place();
    const daemon = await serve(at);
    const reloadFiveTimes = async (): Promise<void> => {
      await toldTimes(at.journal, 1);
      for (let reloads = 1; reloads <= 5; reloads += 1) {
        daemon.send('SIGHUP');
        await until('the reload', () => daemon.lines().filter(({ msg }) => msg === 'reloaded').length >= reloads);
      }
    };
    await Promise.all([send(at, '-t', 'one of many', '--repeat', '20000'), reloadFiveTimes()]);
    await toldTimes(at.journal, 20_000);
    expect(await daemon.stop()).toEqual(clean);
    expect((await linesOf(at.journal)).length).toBe(20_000);
  });
});

describe('the socket', () => {
  test('the file that a killed daemon has left is replaced', async () => {
    const at = await place();
    const killed = await serve(at);
    killed.send('SIGKILL');
    await killed.ended;
    expect((await stat(at.socket)).isSocket()).toBe(true);
    const daemon = await serve(at);
    await send(at, '-t', 'told by the second');
    await toldTimes(at.journal, 1);
    expect(await daemon.stop()).toEqual(clean);
  });

  test('a second daemon on the same socket ends with status 69, and the first goes on', async () => {
    const at = await place();
    const first = await serve(at);
    const second = await belfry(['serve', '-C', at.configurationFile]);
    expect(second.status).toBe(69);
    expect(second.stderr).toContain(at.socket);
    await send(at, '-t', 'told by the first');
    await toldTimes(at.journal, 1);
    expect(await first.stop()).toEqual(clean);
  });

  test('bytes that mean nothing are set aside, and what comes behind them is told', async () => {
    const at = await place();
    const daemon = await serve(at);
    const rubbish = join(at.directory, 'rubbish');
    const start = Uint8Array.from({ length: 64 * 1024 }, (_, i) => (i * 7919 + (i >> 3)) & 0xff);
    await writeFile(rubbish, start);
    const { status } = await belfry(['send', '-f', at.socket, '--raw', rubbish]);
    expect(status).toBe(0);
    await send(at, '-t', 'told all the same');
    await toldTimes(at.journal, 1);
    await daemon.line('that it is set aside', ({ outcome, size }) => outcome === 'set aside' && size === start.length);
    expect(await daemon.stop()).toEqual(clean);
  });
});

describe('a lack of', () => {
  test('a reader of its output: EPIPE does not end it', async () => {
    const at = await place(['console_method: log'], 'journal console');
    const daemon = await serve(at);
    daemon.closeOutput();
    await send(at, '-t', 'said to nobody', '--repeat', '100');
    await toldTimes(at.journal, 100);
    expect(await daemon.stop()).toEqual(clean);
  });

  test('room on the disk: ENOSPC holds up the notifier that has it, and no other', async () => {
    const at = await place(['full_method: log', 'full_log_file: /dev/full', 'shutdown_grace: 1s'], 'journal full');
    const daemon = await serve(at);
    await send(at, '-t', 'kept', '--repeat', '100');
    await toldTimes(at.journal, 100);
    await daemon.line('why it is to be tried again', (line) => {
      const { notifier, outcome } = line;
      return notifier === 'full' && outcome === 'retry' && String(line['reason']).includes('ENOSPC');
    });
    expect(await daemon.stop()).toEqual(clean);
  });

  test('descriptors: EMFILE holds notifications up, and none is lost', async () => {
    const count = 30;
    const at = await place(
      [
        'program_method: exec',
        `program_exec_program: ${'/bin/sh -c'} exit`,
        'program_retry_schedule: 1s',
        'program_order: none',
      ],
      'journal program',
    );
    const daemon = await serve(at);
    const descriptors = (await readdir(`/proc/${daemon.pid}/fd`)).length;
    await limitDescriptors(daemon.pid, descriptors + 1);
    await send(at, '-t', 'to be told later', '--repeat', String(count));
    await daemon.line('why it is to be tried again', (line) => {
      const { notifier, outcome } = line;
      return notifier === 'program' && outcome === 'retry' && String(line['reason']).includes('EMFILE');
    });
    await limitDescriptors(daemon.pid, 1024);
    await until('all runs of the program', () => deliveredBy(daemon, 'program') >= count);
    expect(await daemon.stop()).toEqual(clean);
    expect(deliveredBy(daemon, 'program')).toBe(count);
    expect((await linesOf(at.journal)).length).toBe(count);
  });
});

const deliveredBy = (daemon: Daemon, wanted: string): number =>
  daemon.lines().filter(({ notifier, outcome }) => notifier === wanted && outcome === 'delivered').length;

/** The soft limit only, so that it can be raised again. */
async function limitDescriptors(pid: number, limit: number): Promise<void> {
  await runSuccessfully('prlimit', ['--pid', String(pid), `--nofile=${limit}:`]);
}

describe('in the place of notifyd', () => {
  test('its flags work without a subcommand', async () => {
    const at = await place();
    const words = ['-C', at.configurationFile, '-m', 'log', '-D', '-U', '5', '-T', '10'];
    const daemon = await startDaemon(words, onTestFinished);
    await send(at, '-t', 'told by -m');
    await toldTimes(at.journal, 1);
    expect(await daemon.stop()).toEqual(clean);
    const flags = daemon.lines().map(({ flag }) => flag);
    for (const flag of ['-D', '-U', '-T']) expect(flags).toContain(flag);
  });

  test('a mistake in the configuration ends it with status 78, with all mistakes and their lines', async () => {
    const at = await place(['shutdown_grace: soon', 'journal_log_fiel: x']);
    const { status, stderr } = await belfry(['-C', at.configurationFile]);
    expect(status).toBe(78);
    expect(stderr).toMatch(/belfry\.conf:6.*shutdown_grace/s);
    expect(stderr).toMatch(/belfry\.conf:7.*journal_log_fiel.*journal_log_file/s);
  });

  test('a configuration that is not there ends it with status 66', async () => {
    const { status, stderr } = await belfry(['-C', '/nonexistent/belfry.conf']);
    expect(status).toBe(66);
    expect(stderr).toContain('/nonexistent/belfry.conf');
  });
});
