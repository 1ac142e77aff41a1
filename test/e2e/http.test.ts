/** Events over HTTP to the real daemon: what is answered with 202 is delivered, whatever happens to the daemon in between. */
import { copyFile, mkdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, request } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { isLong } from '../support/long.ts';
import { until } from '../support/until.ts';
import { belfry, startDaemon } from './daemon.ts';
import { linesOf, wholeLinesOf } from './notification.ts';
import { clean, configure, makePlace, type Place, serve } from './place.ts';
import { runProgram, runSuccessfully } from './run-program.ts';
import { threadAt } from './stopped-thread.ts';
import { root } from './workspace.ts';

const fixtures = join(root, 'test', 'fixtures');

/** A place with a daemon that takes events over HTTP, on a port of its own and on a Unix socket. */
async function httpPlace(
  lines: readonly string[] = [],
  notifiers?: string,
): Promise<Place & { readonly url: string; readonly http: string; readonly port: string }> {
  const { port } = await freePorts(['port']);
  const at = await makePlace(
    ['event_groups: access', `http_listen: 127.0.0.1:${port} {configdirectory}/http`, ...lines],
    notifiers,
  );
  return { ...at, port, url: `http://127.0.0.1:${port}/v1/events`, http: join(at.directory, 'http') };
}

const server = { uri: 'imap://imap.example.org/', serverDomain: 'imap.example.org', serverPort: 993 };
const login = (user: string, number: number): string => JSON.stringify({ event: 'Login', ...server, user, number });

/** An answer 202 with the ids of so many events. */
const taken = (count: number): RegExp =>
  new RegExp(`^\\{"accepted":${count},"ids":\\[(?:"[0-9A-HJKMNP-TV-Z]{26}",?){${count}}\\]\\} 202$`);

/** The numbers that a user's events had, in the order in which they were delivered. */
async function deliveredFor(at: Place): Promise<ReadonlyMap<string, readonly number[]>> {
  const delivered = new Map<string, number[]>();
  for (const line of await wholeLinesOf(at.journal)) {
    const { payload }: { payload: { user: string; number: number } } = JSON.parse(line);
    delivered.set(payload.user, [...(delivered.get(payload.user) ?? []), payload.number]);
  }
  return delivered;
}

describe('events over HTTP', () => {
  test('are delivered, from curl, in every form', async () => {
    const at = await httpPlace();
    const daemon = await serve(at);
    const ready = daemon.lines().find(({ msg }) => msg === 'ready');
    expect(ready?.['sockets']).toEqual([at.socket, `http://127.0.0.1:${at.port}`, `http:${at.http}`]);
    const curl = async (...words: readonly string[]): Promise<string> =>
      (await runSuccessfully('curl', ['-sS', '-w', ' %{http_code}', ...words])).stdout.replace(/\s+/g, ' ').trim();
    const json = ['-H', 'Content-Type: application/json', '-d'];
    expect(await curl(at.url, ...json, login('a', 1))).toMatch(taken(1));
    expect(await curl(at.url, ...json, `[${login('a', 2)},${login('a', 3)}]`)).toMatch(taken(2));
    const unix = ['--unix-socket', at.http, 'http://belfry/v1/events'];
    const lines = `${login('a', 4)}\n${login('a', 5)}\n`;
    expect(await curl(...unix, '-H', 'Content-Type: application/x-ndjson', '--data-binary', lines)).toMatch(taken(2));
    const attributes = ['specversion: 1.0', 'id: 6', 'source: /test', 'type: org.example.mail.Login'];
    const headers = attributes.flatMap((attribute) => ['-H', `ce-${attribute}`]);
    expect(await curl(at.url, ...headers, ...json, JSON.stringify({ ...server, user: 'a', number: 6 }))).toMatch(
      taken(1),
    );
    const wrong = await curl(at.url, ...json, `[${login('a', 7)},{"event":7}]`);
    expect(wrong).toMatch(/^\{"type":"about:blank","title":"Unprocessable Content","status":422,.* 422$/);
    await until('six events in the journal', async () => (await linesOf(at.journal)).length >= 6);
    expect(await deliveredFor(at)).toEqual(new Map([['a', [1, 2, 3, 4, 5, 6]]]));
    const { pid } = daemon;
    const niceOf = async (socket: string): Promise<number> => getPriority(await threadAt(pid, socket));
    // What parses gives way to what the mail server waits for.
    expect((await niceOf(at.http)) - (await niceOf(at.socket))).toBe(Math.max(0, 10 - getPriority()));
    expect(await daemon.stop()).toEqual(clean);
  });

  test('that break the schema of their type are taken, and stand in the dead letters with the reason', async () => {
    const at = await httpPlace();
    const daemon = await serve(at);
    const headers = { 'content-type': 'application/json' };
    const body = '{"event":"Login","user":7}';
    expect((await request(at.url, { method: 'POST', headers, body })).statusCode).toBe(202);
    const dead = await until('the dead letter', async () => {
      const { stdout } = await belfry(['dead', 'list', '-C', at.configurationFile]);
      return stdout.includes('unusable') && stdout;
    });
    expect(dead).toMatch(/dead for .*: schema: uri is missing/);
    expect(await daemon.stop()).toEqual(clean);
  });

  test('are found again by the ids in the answer', async () => {
    const at = await httpPlace(['retry_schedule: 1h', 'breaker_failures: 0']);
    const daemon = await serve(at);
    await rm(at.journal, { force: true });
    await mkdir(at.journal);
    const headers = { 'content-type': 'application/x-ndjson' };
    const post = async (users: readonly string[]): Promise<readonly string[]> => {
      const body = users.map((user) => login(user, 1)).join('\n');
      const answer = await request(at.url, { method: 'POST', headers, body });
      const { ids } = (await answer.body.json()) as { ids: readonly string[] };
      return ids;
    };
    // At the same time, so that they share a commit.
    const users = [['a', 'b', 'c'], ['d'], ['e', 'f']];
    const ids = await Promise.all(users.map(post));
    expect(ids.map(({ length }) => length)).toEqual([3, 1, 2]);
    for (const [i, user] of users.flat().entries()) {
      const id = ids.flat()[i] ?? '';
      const found = await belfry(['queue', 'show', id, '-C', at.configurationFile]);
      expect([found.status, found.stdout]).toEqual([0, expect.stringContaining(`"${user}"`)]);
    }
    expect(await daemon.stop()).toEqual(clean);
  });

  test('that were answered with 202 outlive kill -9 at any moment', async () => {
    const rounds = isLong ? 4 : 2;
    const senders = 8;
    const at = await httpPlace(['order: user']);
    const acknowledged = Array.from({ length: senders }, () => [] as number[]);
    const next = acknowledged.map(() => 0);
    let ending = false;
    async function send(sender: number): Promise<void> {
      const client = new Client('http://belfry', { socketPath: at.http });
      onTestFinished(() => client.destroy());
      while (!ending) {
        const first = (next[sender] ?? 0) + 1;
        const numbers = [first, first + 1, first + 2];
        next[sender] = first + 2;
        const body = numbers.map((number) => login(`u${sender}`, number)).join('\n');
        const headers = { 'content-type': 'application/x-ndjson' };
        try {
          const answer = await client.request({ method: 'POST', path: '/v1/events', headers, body });
          await answer.body.dump();
          if (answer.statusCode === 202) acknowledged[sender]?.push(...numbers);
        } catch {
          // By time: a client that is refused comes back after a moment.
          await sleep(5);
        }
      }
    }
    let daemon = await serve(at);
    const sending = acknowledged.map((_, sender) => send(sender));
    for (let round = 0; round < rounds; round += 1) {
      const before = acknowledged.flat().length;
      await until('more to be answered', () => acknowledged.flat().length > before + 250 * (round + 1));
      daemon.send('SIGKILL');
      await daemon.ended;
      daemon = await serve(at);
    }
    ending = true;
    await Promise.all(sending);
    const count = acknowledged.flat().length;
    await until('all that was answered to be delivered', async () => {
      const delivered = await deliveredFor(at);
      return acknowledged.every((numbers, sender) => {
        const heard = new Set(delivered.get(`u${sender}`));
        return numbers.every((number) => heard.has(number));
      });
    });
    // A request is taken whole or not at all, answered or not; what was not may be delivered last.
    await until('nothing to be left', async () => {
      const { stdout } = await belfry(['queue', '--json', '-C', at.configurationFile]);
      return !/"(?:waiting|deferred)":[1-9]/.test(stdout) && /"notifier":"journal"/.test(stdout);
    });
    for (const [user, heard] of await deliveredFor(at)) {
      const once = new Set(heard);
      for (const number of once) {
        const first = number - ((number - 1) % 3);
        expect([user, first, [0, 1, 2].map((offset) => once.has(first + offset))]).toEqual([
          user,
          first,
          [true, true, true],
        ]);
      }
    }
    process.stdout.write(`${count} events were answered with 202 over ${rounds} kills, and all of them delivered\n`);
    expect(await daemon.stop()).toEqual(clean);
  });

  test('are refused with 503 and Retry-After while the spool is full, and taken when it is not', async () => {
    const at = await httpPlace([
      'spool_max_size: 1M',
      'http_max_body: 255K',
      'spool_retention: 0',
      'retry_schedule: 1s',
      'breaker_pause: 1s',
    ]);
    const daemon = await serve(at);
    await rm(at.journal, { force: true });
    await mkdir(at.journal);
    const headers = { 'content-type': 'application/x-ndjson' };
    const filler = 'x'.repeat(1000);
    let number = 0;
    const kept: number[] = [];
    const post = async (): Promise<{ status: number; retryAfter: string; detail: string }> => {
      const numbers = Array.from({ length: 50 }, () => (number += 1));
      const body = numbers
        .map((one) => JSON.stringify({ event: 'Login', ...server, user: 'u', number: one, filler }))
        .join('\n');
      const answer = await request(at.url, { method: 'POST', headers, body });
      const { detail = '' } = (await answer.body.json()) as { detail?: string };
      if (answer.statusCode === 202) kept.push(...numbers);
      return { status: answer.statusCode, retryAfter: String(answer.headers['retry-after']), detail };
    };
    const refusal = await until('a refusal', async () => {
      const answer = await post();
      return answer.status !== 202 && answer;
    });
    expect(refusal).toEqual({
      status: 503,
      retryAfter: '10',
      detail: expect.stringMatching(/spool.* spool_max_size /),
    });
    await daemon.line('why', (line) => String(line['reason']).includes('the spool is full'));
    await rmdir(at.journal);
    await until('room in the spool', async () => (await post()).status === 202);
    await until('all that was answered with 202', async () => {
      const delivered = new Set((await deliveredFor(at)).get('u'));
      return kept.every((one) => delivered.has(one));
    });
    expect(await daemon.stop()).toEqual(clean);
    expect((await deliveredFor(at)).get('u')).toEqual(kept);
  });
});

describe('the service', () => {
  test('takes a renewed certificate and another password at a reload, without closing a connection', async () => {
    const at = await httpPlace();
    const file = (name: string): string => join(at.directory, name);
    const use = async (folder: string): Promise<void> => {
      for (const name of ['certificate.pem', 'key.pem']) await copyFile(join(fixtures, folder, name), file(name));
    };
    const password = (text: string): Promise<void> => writeFile(file('password'), `${text}\n`);
    await use('mailto');
    await password('first');
    const lines = [
      ...['notifiers: journal', 'journal_method: log', `journal_log_file: ${at.journal}`, 'event_groups: access'],
      ...[`http_listen: 127.0.0.1:${at.port}`, 'http_user: u', `http_password_file: ${file('password')}`],
      ...[`http_tls_certificate: ${file('certificate.pem')}`, `http_tls_key: ${file('key.pem')}`],
    ];
    await configure(at, lines);
    const daemon = await serve(at);
    const curl = (folder: string, user: string, number: number) =>
      runProgram('curl', [
        ...['-sS', '-o', '/dev/null', '-w', '%{http_code}', '--cacert', join(fixtures, folder, 'certificate.pem')],
        ...['-u', user, '-H', 'Content-Type: application/json', '-d', login('a', number)],
        `https://127.0.0.1:${at.port}/v1/events`,
      ]);
    expect(await curl('mailto', 'u:first', 1)).toMatchObject({ status: 0, stdout: '202' });
    expect(await curl('mailto', 'u:second', 2)).toMatchObject({ status: 0, stdout: '401' });
    await use('http');
    await password('second');
    daemon.send('SIGHUP');
    await daemon.line('the reload', ({ msg }) => msg === 'reloaded');
    // 60: the certificate cannot be verified with the one that is trusted.
    expect(await curl('mailto', 'u:second', 3)).toMatchObject({ status: 60 });
    expect(await curl('http', 'u:first', 4)).toMatchObject({ status: 0, stdout: '401' });
    expect(await curl('http', 'u:second', 5)).toMatchObject({ status: 0, stdout: '202' });
    await writeFile(file('certificate.pem'), 'rubbish');
    daemon.send('SIGHUP');
    await daemon.line('that the old one stays', ({ msg }) => String(msg).includes('the old one stays in force'));
    expect(await curl('http', 'u:second', 6)).toMatchObject({ status: 0, stdout: '202' });
    await until('three events in the journal', async () => (await linesOf(at.journal)).length >= 3);
    expect(daemon.output()).not.toMatch(/first|"second/);
    expect(await daemon.stop()).toEqual(clean);
  });

  test('does not begin where others could send without being known', async () => {
    const at = await makePlace(['http_listen: 0.0.0.0:8090']);
    const ending = await belfry(['serve', '-C', at.configurationFile]);
    expect(ending.status).toBe(78);
    expect(ending.stderr).toMatch(/http_listen: 0\.0\.0\.0:8090.*set http_user/);
  });

  test('takes nothing of a configuration that a reload refuses, on whichever socket it cannot be had', async () => {
    const at = await httpPlace();
    const lines = (token: string): string[] => [
      ...['notifiers: journal', 'journal_method: log', `journal_log_file: ${at.journal}`, 'event_groups: access'],
      ...[`http_listen: {configdirectory}/http 127.0.0.1:${at.port}`, `http_token: ${token}`],
    ];
    await configure(at, lines('old'));
    const daemon = await serve(at);
    const answerTo = async (token: string): Promise<number> => {
      const client = new Client('http://belfry', { socketPath: at.http });
      onTestFinished(() => client.destroy());
      const headers = { authorization: `Bearer ${token}` };
      const { statusCode, body } = await client.request({ method: 'GET', path: '/', headers });
      await body.dump();
      return statusCode;
    };
    const tls = ['certificate', 'key'].map((name) => `http_tls_${name}: ${join(fixtures, 'http', `${name}.pem`)}`);
    await configure(at, [...lines('new'), ...tls]);
    daemon.send('SIGHUP');
    await daemon.line('the refusal', ({ msg, reason }) => /old one stays/.test(`${msg}`) && /HTTPS/.test(`${reason}`));
    expect([await answerTo('old'), await answerTo('new')]).toEqual([404, 401]);
    await configure(at, lines('new'));
    daemon.send('SIGHUP');
    await daemon.line('the reload', ({ msg }) => msg === 'reloaded');
    expect([await answerTo('old'), await answerTo('new')]).toEqual([401, 404]);
    expect(await daemon.stop()).toEqual(clean);
  });

  test('does not begin with a key that does not fit its certificate, and check says the same', async () => {
    const key = join(fixtures, 'mailto', 'key.pem');
    const at = await httpPlace();
    await configure(at, [
      `http_listen: 127.0.0.1:${at.port}`,
      ...[`http_tls_certificate: ${join(fixtures, 'http', 'certificate.pem')}`, `http_tls_key: ${key}`],
    ]);
    const [served, checked] = [
      await belfry(['serve', '-C', at.configurationFile]),
      await belfry(['check', '-C', at.configurationFile]),
    ];
    expect([served.status, checked.status]).toEqual([78, 78]);
    const [line = 'nothing'] = /^.*:\d+: error: http_tls_key: .*$/m.exec(checked.stderr) ?? [];
    expect(line).toContain('belong together');
    expect(served.stderr).toContain(line);
    // Other commands have no use for what is in the files, and may be run by those who cannot read them.
    expect((await belfry(['queue', '-C', at.configurationFile])).stderr).not.toContain('http_tls_key');
  });

  test('stops in an orderly way under load: every answer that was promised comes', async () => {
    const at = await httpPlace();
    const daemon = await startDaemon(['serve', '-C', at.configurationFile], onTestFinished);
    const client = new Client('http://belfry', { socketPath: at.http, pipelining: 1 });
    onTestFinished(() => client.destroy());
    const headers = { 'content-type': 'application/json' };
    const kept: number[] = [];
    const answers = new Set<number>();
    let number = 0;
    const sending = (async () => {
      for (;;) {
        number += 1;
        const answer = await client
          .request({ method: 'POST', path: '/v1/events', headers, body: login('u', number) })
          .catch(() => undefined);
        if (answer === undefined) return;
        await answer.body.dump();
        answers.add(answer.statusCode);
        if (answer.statusCode === 202) kept.push(number);
      }
    })();
    await until('some to be taken', () => kept.length > 300);
    expect(await daemon.stop()).toEqual(clean);
    await sending;
    const again = await serve(at);
    // Beside it some may be delivered that were taken and no longer answered.
    await until('all that was answered with 202 to be delivered', async () => {
      const delivered = new Set((await deliveredFor(at)).get('u'));
      return kept.every((one) => delivered.has(one));
    });
    expect([...answers].filter((status) => status !== 202 && status !== 503)).toEqual([]);
    expect(await again.stop()).toEqual(clean);
  });
});
