/** A real Cyrus master runs the daemon: as a service with its socket, and as a daemon of its own. */
import { existsSync, readFileSync } from 'node:fs';
import { chown, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { encodeNotify } from '../../src/decode/dlist/encode.ts';
import { isLong } from '../support/long.ts';
import { until } from '../support/until.ts';
import { chanceOf } from './chance.ts';
import { type Cyrus, type CyrusSettings, cyrusIsMissing, startCyrus } from './cyrus.ts';
import { belfry, startDaemon } from './daemon.ts';
import { installInto } from './installed.ts';
import { type Delivered, deliveredToLog } from './notification.ts';
import { datagramOf, numberedSender } from './numbered-sender.ts';
import { makeWorkspace } from './workspace.ts';

interface Place {
  readonly directory: string;
  readonly socket: string;
  /** For `cmd=` of cyrus.conf. */
  readonly command: string;
  readonly configurationFile: string;
  /** The process that has the spool; undefined when there is none. */
  pid(): number | undefined;
  delivered(): Promise<readonly Delivered[]>;
  /** How many different events of our own sender have been delivered: after a kill one may be delivered twice. */
  deliveredOfOurs(): Promise<number>;
}

/** A directory with an installed belfry, and one of the user cyrus for what it keeps. */
async function makePlace(transport: '' | 'dlist:' = ''): Promise<Place> {
  const directory = await makeWorkspace(onTestFinished);
  const program = join(directory, 'installed');
  const state = join(directory, 'belfry');
  const socket = join(directory, 'sockets', 'notify');
  const user = await stat('/var/lib/cyrus');
  for (const one of [program, state, join(directory, 'sockets')]) {
    await mkdir(one);
    await chown(one, user.uid, user.gid);
  }
  const launcher = await installInto(program);
  const configurationFile = join(directory, 'belfry.conf');
  const journal = join(state, 'journal.log');
  await writeFile(
    configurationFile,
    [
      ...[`configdirectory: ${state}`, `notifysocket: ${transport}${socket}`, 'notifiers: journal'],
      ...['journal_method: log', `journal_log_file: ${journal}`],
      ...['event_groups: message quota flags access mailbox subscription calendar applepushservice jmap', ''],
    ].join('\n'),
  );
  return {
    directory,
    socket,
    command: `${launcher} serve -C ${configurationFile}`,
    configurationFile,
    pid() {
      const lock = join(state, 'spool', 'lock');
      const pid = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
      return pid > 0 && isAlive(pid) ? pid : undefined;
    },
    delivered: () => deliveredToLog(journal),
    async deliveredOfOurs() {
      const contents = (await deliveredToLog(journal)).map(({ content }) => content);
      return new Set(contents.filter((content) => content.includes('/user/box'))).size;
    },
  };
}

/** Whether it runs: one that has ended, and only has to be asked how, does not. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

/**
 * Stops master, and waits until belfry has stopped as well. The script that stops a Cyrus signals all its processes once
 * more after a moment, which ends belfry at once, and kills them a second later.
 */
async function stopMaster({ pid: master }: Cyrus, belfryPid: number): Promise<void> {
  process.kill(master, 'SIGTERM');
  await until('belfry to end with its master', () => !isAlive(belfryPid));
}

const cyrusAt = (at: Place, more: Partial<CyrusSettings>) =>
  startCyrus({ state: join(at.directory, 'cyrus'), notifySocket: at.socket, ...more }, onTestFinished);

/** Resolves with the process that takes the place of `old`. */
const successor = (at: Place, old?: number): Promise<number> =>
  until('master to start it', () => {
    const pid = at.pid();
    return pid !== old && pid;
  });

/** The types of what john's session and a delivery to him must bring at the least. */
const expected = ['Login', 'Logout', 'MAIL', 'MessageNew'];

async function expectDelivered(at: Place): Promise<void> {
  await until('what Cyrus sent to be delivered', async () => {
    const types = new Set((await at.delivered()).map(({ type }) => type));
    return expected.every((type) => types.has(type));
  });
}

/** Tells one event after the other over the stream until nobody is there any more; answers how many were OK. */
async function keepSending(path: string, box: number, onOk: () => void): Promise<number> {
  for (let number = 1; ; number += 1) {
    const [, , , , , , message = ''] = datagramOf(box, number, 0).toString().split('\0');
    const fields = { method: '', class: 'EVENT', priority: '', user: '', mailbox: '', options: [], message };
    const answer = await ask(path, encodeNotify(fields));
    if (!/OK %\(ID \w+\)\r\n$/.test(answer)) {
      expect(answer).toMatch(/^(?:NO %\(REASON "belfry is stopping"\)\r\n|.*ECONNREFUSED.*)$/);
      return number - 1;
    }
    onOk();
  }
}

/** All that one connection with one request answers, or why there is none. */
function ask(path: string, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    let answer = '';
    socket.setEncoding('latin1').on('data', (more: string) => {
      answer += more;
      if (answer.endsWith('\r\n')) socket.end();
    });
    socket.on('error', (error) => {
      answer += error.message;
    });
    socket.on('close', () => resolve(answer));
    socket.write(bytes);
  });
}

/** What the next daemon of the same place has delivered once it has nothing left: what one that ends has kept is not lost. */
async function expectTheNextToDeliver(at: Place, count: number): Promise<void> {
  const next = await startDaemon(['serve', '-C', at.configurationFile], onTestFinished);
  await until(`${count} to be delivered`, async () => (await at.deliveredOfOurs()) >= count);
  expect(await next.stop()).toEqual({ status: 0, signal: null });
  expect(await at.deliveredOfOurs()).toBe(count);
}

const missing = cyrusIsMissing();
const title = `Cyrus master${missing === undefined ? '' : ` (skipped: ${missing})`}`;

describe.skipIf(missing !== undefined)(title, () => {
  test('in SERVICES it reads the socket of master, and nothing that was sent is lost when it is killed', async () => {
    const at = await makePlace();
    const line = `  belfry cmd="${at.command}" listen="${at.socket}" proto="udp" prefork=1`;
    const cyrus = await cyrusAt(at, { services: [line] });
    let pid = await successor(at);
    const { ino } = await stat(at.socket);
    await cyrus.drive(['login', 'lmtp']);
    await expectDelivered(at);

    const numbers = numberedSender(at.socket, chanceOf(11));
    for (let kills = 1; kills <= (isLong ? 3 : 1); kills += 1) {
      await numbers.send(1000);
      await until('all of it to be delivered', async () => (await at.deliveredOfOurs()) === numbers.accepted());
      process.kill(pid, 'SIGKILL');
      // Into the socket that nobody reads now: what does not fit waits in sendto.
      await numbers.send(500);
      pid = await successor(at, pid);
    }
    await until('all of it to be delivered', async () => (await at.deliveredOfOurs()) === numbers.accepted());
    expect(numbers.refused.size).toBe(0);
    expect((await stat(at.socket)).ino).toBe(ino);

    // Master stops its services by SIGHUP, which belfry takes for a reload, and shuts the socket down.
    await cyrus.dropServices();
    await until('it to end when it is taken out of cyrus.conf', () => !isAlive(pid));
    expect(at.pid()).toBeUndefined();
    const audit = await belfry(['queue', '--audit', '--json', '-C', at.configurationFile]);
    expect(audit.stdout).toContain(`"difference":0`);
    await cyrus.stop();
  });

  test('in SERVICES it goes with master, and what was sent by then is kept', async () => {
    const at = await makePlace();
    const line = `  belfry cmd="${at.command}" listen="${at.socket}" proto="udp" prefork=1`;
    const cyrus = await cyrusAt(at, { services: [line] });
    const pid = await successor(at);
    await cyrus.drive(['login']);
    await until('the login to be delivered', async () => (await at.delivered()).some(({ type }) => type === 'Login'));
    const numbers = numberedSender(at.socket, chanceOf(14));
    await numbers.send(1000);
    await stopMaster(cyrus, pid);
    await expectTheNextToDeliver(at, numbers.accepted());
    await cyrus.stop();
  });

  test('in SERVICES it ends when master is killed, and what was accepted by then is kept for the next one', async () => {
    const at = await makePlace();
    const line = `  belfry cmd="${at.command}" listen="${at.socket}" proto="udp" prefork=1`;
    const cyrus = await cyrusAt(at, { services: [line] });
    const pid = await successor(at);
    const numbers = numberedSender(at.socket, chanceOf(13));
    const stop = new AbortController();
    const sending = numbers.keepSending(stop.signal);
    await until('some to be delivered', async () => (await at.deliveredOfOurs()) >= 100);
    process.kill(cyrus.pid, 'SIGKILL');
    await until('it to end', () => !isAlive(pid));
    await until('somebody to be refused', () => numbers.refused.size > 0);
    stop.abort();
    await sending;
    await expectTheNextToDeliver(at, numbers.accepted());
    await cyrus.stop();
  });

  test.each([
    ['is killed', (cyrus: Cyrus) => process.kill(cyrus.pid, 'SIGKILL')],
    ['takes it out of cyrus.conf', (cyrus: Cyrus) => cyrus.dropServices()],
  ])('in SERVICES with a stream it ends when master %s, and what was answered OK is kept', async (_, end) => {
    const at = await makePlace('dlist:');
    const line = `  belfry cmd="${at.command}" listen="${at.socket}" proto="tcp" prefork=1`;
    const cyrus = await cyrusAt(at, { services: [line], notifySocket: `dlist:${at.socket}` });
    const pid = await successor(at);
    await cyrus.drive(['login', 'lmtp']);
    await expectDelivered(at);
    let oks = 0;
    const sending = Promise.all([0, 1, 2, 3].map((box) => keepSending(at.socket, box, () => (oks += 1))));
    await until('some to be answered', () => oks >= 200);
    await end(cyrus);
    await until('it to end', () => !isAlive(pid));
    const kept = (await sending).reduce((sum, count) => sum + count, 0);
    expect(kept).toBe(oks);
    await cyrus.stop();
    await rm(at.socket, { force: true });
    await expectTheNextToDeliver(at, kept);
  });

  test('in DAEMON it opens its own socket, and is started again when it is killed', async () => {
    const at = await makePlace();
    const cyrus = await cyrusAt(at, { env: { EXTRA_CYRUS_DAEMON: `  belfry cmd="${at.command}"` } });
    const first = await successor(at);
    await until('its socket', () => existsSync(at.socket));
    await cyrus.drive(['login', 'lmtp']);
    await expectDelivered(at);
    process.kill(first, 'SIGKILL');
    const second = await successor(at, first);
    const numbers = numberedSender(at.socket, chanceOf(12));
    const stop = new AbortController();
    const sending = numbers.keepSending(stop.signal);
    await until('the new one to take them', () => numbers.accepted() >= 100);
    stop.abort();
    await sending;
    await until('all of it to be delivered', async () => (await at.deliveredOfOurs()) === numbers.accepted());
    await stopMaster(cyrus, second);
    expect(existsSync(at.socket)).toBe(false);
    await cyrus.stop();
  });
});
