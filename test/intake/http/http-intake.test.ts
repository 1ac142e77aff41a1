import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import { Client, request } from 'undici';
import { describe, expect, it } from 'vitest';
import { type HttpIntakeOptions, openHttpIntake } from '../../../src/intake/http/http-intake.ts';
import { absenceFailure, NoRoomError, writeFailure } from '../../../src/spool/lmdb/disk/failure.ts';
import { intakeContract } from '../../contract/intake.ts';
import { leaveStaleFile, scratchDirectory } from '../../os/scratch.ts';
import { freePorts } from '../../support/free-ports.ts';
import { until } from '../../support/until.ts';
import { anything, RawClient, service, start } from './peer.ts';

const directory = scratchDirectory();
const silent = pino({ enabled: false });

function gate(): { readonly wait: Promise<void>; open(): void } {
  let open = (): void => {};
  const wait = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { wait, open: () => open() };
}

const { port: free } = await freePorts(['port']);
const port = Number(free);

// On one connection and without waiting for answers, so that there is an order to be kept.
intakeContract('HTTP', async () => {
  const place = { host: '127.0.0.1', port };
  const intake = await openHttpIntake({ ...place, ...service, routes: [anything], log: silent });
  const socket = connect(place).on('error', () => {});
  socket.resume();
  return {
    intake,
    request: (number) => Buffer.from(`{"event":"Login","n":${number}}`),
    send: (bytes) =>
      new Promise((resolve) => {
        const head = `POST /any HTTP/1.1\r\nHost: belfry\r\nContent-Length: ${bytes.length}\r\n\r\n`;
        socket.write(Buffer.concat([Buffer.from(head), bytes]), () => resolve());
      }),
    dispose: async () => {
      socket.destroy();
    },
  };
});

describe('the intake over HTTP', () => {
  it('takes IPv6 alone at [::], so that 0.0.0.0 can have the same port', async () => {
    const { port: own } = await freePorts(['port']);
    const four = await start({ host: '0.0.0.0', port: Number(own) });
    const six = await start({ host: '::', port: Number(own) });
    await request(`http://127.0.0.1:${own}/any`, { method: 'POST', body: 'by IPv4' });
    await request(`http://[::1]:${own}/any`, { method: 'POST', body: 'by IPv6' });
    expect([four.got, six.got]).toEqual([['by IPv4'], ['by IPv6']]);
  });

  it('listens at an IPv4 address in the notation of IPv6', async () => {
    const { intake } = await start({ host: '::ffff:127.0.0.1', port: 0 });
    const { port: own } = new URL(intake.address);
    expect((await request(`http://127.0.0.1:${own}/any`, { method: 'POST', body: 'x' })).statusCode).toBe(202);
  });

  it('answers when what was sent is kept, and not before', async () => {
    const { wait, open } = gate();
    const { intake } = await start({}, () => wait);
    let answered = false;
    const answer = request(`${intake.address}/any`, { method: 'POST', body: 'one' }).then((got) => {
      answered = true;
      return got;
    });
    const other = await request(`${intake.address}/other`);
    expect([other.statusCode, answered]).toEqual([404, false]);
    open();
    const { statusCode, body } = await answer;
    expect([statusCode, await body.json()]).toEqual([202, { accepted: 1 }]);
  });

  it('lets many requests share one commit', async () => {
    const sizes: number[] = [];
    const { wait, open } = gate();
    const { intake, got } = await start({}, async (requests) => {
      sizes.push(requests.length);
      await wait;
    });
    const sent = Array.from({ length: 50 }, (_, index) =>
      request(`${intake.address}/any`, { method: 'POST', body: String(index) }),
    );
    await until(() => sizes.length > 0);
    // Each has a connection of its own: what has been read by now is in the second call.
    await request(`${intake.address}/any`, { method: 'PUT' });
    open();
    for (const one of sent) expect((await one).statusCode).toBe(202);
    expect(got).toHaveLength(50);
    expect(sizes.length).toBeLessThan(25);
  });

  it('answers 503 with Retry-After when the log refuses, logs it once, and takes the next one', async () => {
    let refuse = true;
    const { intake, got, lines } = await start({}, async () => {
      if (refuse) throw new Error('the spool is full: raise spool_max_size');
    });
    const detail = 'the spool is full: raise spool_max_size; nothing of this request was stored, retry later';
    for (let count = 0; count < 3; count += 1) {
      const { statusCode, headers, body } = await request(`${intake.address}/any`, { method: 'POST', body: 'x' });
      expect([statusCode, headers['retry-after']]).toEqual([503, '10']);
      expect(await body.json()).toMatchObject({ status: 503, detail });
    }
    expect(lines.filter(({ reason }) => reason === 'the spool is full: raise spool_max_size')).toHaveLength(1);
    refuse = false;
    expect((await request(`${intake.address}/any`, { method: 'POST', body: 'y' })).statusCode).toBe(202);
    expect(got).toEqual(['y']);
    expect(intake.counts()).toEqual({ received: 1, truncated: 0, lost: 3 });
  });

  it.each([
    [
      'is gone',
      absenceFailure('/spool has been removed while it was in use'),
      /^\/spool has been removed .*\. Restore it, or restart belfry/,
    ],
    ['cannot be written', writeFailure('EROFS: read-only file system'), /^[^:]*spool: EROFS.*; repair its file system/],
    [
      'has no room on its disk',
      new NoRoomError('ENOSPC; make room on the file system of /spool'),
      /ENOSPC; make room on /,
    ],
  ])('says in the answer 503 that the spool %s, and the remedy', async (_, thrown, said) => {
    const { intake } = await start({}, () => Promise.reject(thrown));
    const { statusCode, body } = await request(`${intake.address}/any`, { method: 'POST', body: 'x' });
    const { detail } = (await body.json()) as { detail: string };
    expect(statusCode).toBe(503);
    expect(detail).toMatch(said);
    expect(detail).toMatch(/; .*nothing.* stored/);
  });

  it('answers 500 when a route breaks its promise, and goes on', async () => {
    const broken = {
      ...anything,
      paths: ['/broken'],
      read: (): never => {
        throw new Error('a defect');
      },
    };
    const { intake, lines } = await start({ routes: [broken, anything] });
    const { statusCode, body } = await request(`${intake.address}/broken`, { method: 'POST', body: 'x' });
    expect([statusCode, await body.json()]).toMatchObject([500, { status: 500 }]);
    expect(lines).toMatchObject([{ err: { message: 'a defect' } }]);
    expect((await request(`${intake.address}/any`, { method: 'POST', body: 'y' })).statusCode).toBe(202);
  });

  it('has nothing for a browser: 404, and 405 with what is allowed', async () => {
    const { intake } = await start();
    for (const method of ['GET', 'HEAD', 'POST'] as const) {
      const { statusCode, body } = await request(`${intake.address}/`, { method });
      expect(statusCode).toBe(404);
      await body.dump();
    }
    for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS'] as const) {
      const { statusCode, headers, body } = await request(`${intake.address}/any?a=1`, { method });
      expect([statusCode, headers['allow']]).toEqual([405, 'POST, PUT']);
      expect(headers['content-type']).toBe('application/problem+json');
      await body.dump();
    }
  });

  it.each(['http://evil.example', 'http://127.0.0.1:8090', 'null', ''])(
    'takes nothing from a web page (Origin: %s), whatever the browser knows',
    async (origin) => {
      const authentication = { token: { text: 't' } };
      const { intake, got, lines } = await start({ authentication });
      // What a form or a script sends without asking first.
      const headers = { origin, 'content-type': 'text/plain', authorization: 'Bearer t' };
      for (const path of ['/any', '/']) {
        const answer = await request(`${intake.address}${path}`, { method: 'POST', body: '{"event":"A"}', headers });
        expect([answer.statusCode, await answer.body.json()]).toMatchObject([403, { status: 403, field: 'origin' }]);
      }
      expect(got).toEqual([]);
      expect(lines).toMatchObject([{ remote: '127.0.0.1', msg: expect.stringContaining('web page') }]);
    },
  );

  it('gives a route the head as it was sent', async () => {
    const heads: unknown[] = [];
    const { intake } = await start({
      routes: [
        {
          ...anything,
          read(_, { method, path, query, mediaType, headers }) {
            heads.push([method, path, [...query], mediaType, headers.get('x-name')]);
            return { requests: [] };
          },
        },
      ],
    });
    await request(`${intake.address}/any?a=1&u=a%20b`, {
      method: 'PUT',
      headers: { 'Content-Type': 'Application/JSON; charset=utf-8', 'X-Name': 'value' },
      body: 'x',
    });
    expect(heads).toEqual([
      [
        'PUT',
        '/any',
        [
          ['a', '1'],
          ['u', 'a b'],
        ],
        'application/json',
        'value',
      ],
    ]);
  });

  it('answers what a route refuses by its head before the body is sent', async () => {
    const { intake, got } = await start({
      routes: [{ ...anything, refuse: () => ({ status: 415, detail: 'not this' }) as const }],
    });
    const client = new RawClient(intake.address);
    await client.write('POST /any HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n');
    await until(() => client.answers(415) === 1);
    expect(client.answers(100)).toBe(0);
    expect(got).toEqual([]);
  });

  it('listens on a Unix socket with its mode, replaces a stale file, and removes its own', async () => {
    const path = join(directory, 'mode');
    leaveStaleFile(path);
    const { intake, finish } = await start({ path, mode: 0o620 } as Partial<HttpIntakeOptions>);
    expect([lstatSync(path).mode & 0o777, intake.address]).toEqual([0o620, `http:${path}`]);
    const client = new Client('http://belfry', { socketPath: path });
    const { statusCode } = await client.request({ method: 'POST', path: '/any', body: 'x' });
    expect(statusCode).toBe(202);
    await client.close();
    await finish();
    expect(existsSync(path)).toBe(false);
  });

  it('listens on IPv6, and says so', async () => {
    const { intake, got } = await start({ host: '::1' });
    expect(intake.address).toMatch(/^http:\/\/\[::1\]:\d+$/);
    await request(`${intake.address}/any`, { method: 'POST', body: 'six' });
    expect(got).toEqual(['six']);
  });

  it('says what is wrong with a place', async () => {
    const { intake } = await start();
    const port = Number(new URL(intake.address).port);
    await expect(start({ port })).rejects.toMatchObject({
      code: 'SOCKET_IN_USE',
      message: expect.stringMatching(String(port)),
    });
    await expect(start({ host: '192.0.2.1' })).rejects.toMatchObject({ code: 'SOCKET_CREATE' });
    const nowhere = { path: join(directory, 'no', 'where'), mode: 0o600 } as Partial<HttpIntakeOptions>;
    await expect(start(nowhere)).rejects.toMatchObject({ code: 'SOCKET_CREATE' });
  });

  it('closes connections that ask nothing at its end, and refuses new ones', async () => {
    const { intake, finish } = await start();
    const client = new RawClient(intake.address);
    await client.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await until(() => client.answers(404) === 1);
    await finish();
    await client.closed;
    const late = new RawClient(intake.address);
    await late.closed;
    expect(late.text).toBe('');
  });

  it('gives up at its end a body that does not come, with an answer', async () => {
    const { intake, finish, got } = await start({ times: { farewellMs: 50 } });
    const client = new RawClient(intake.address);
    await client.write('POST /any HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab');
    // It is answered after what was written before it: by then that has been read.
    expect((await request(`${intake.address}/`)).statusCode).toBe(404);
    await finish();
    await client.closed;
    expect(client.answers(503)).toBe(1);
    expect(client.text).toMatch(/Retry-After: 2/i);
    expect(got).toEqual([]);
  });

  it('takes what is under way at its end, and answers it', async () => {
    const { wait, open } = gate();
    const { intake, got, finish } = await start({}, () => wait);
    const answer = request(`${intake.address}/any`, { method: 'POST', body: 'last' });
    await request(`${intake.address}/`);
    const finished = finish();
    open();
    expect((await answer).statusCode).toBe(202);
    await finished;
    expect(got).toEqual(['last']);
  });

  it('does not wait for answers that nobody can get any more', async () => {
    const { wait, open } = gate();
    const { intake, got, finish } = await start({ times: { farewellMs: 60_000 } }, () => wait);
    const client = new RawClient(intake.address);
    await client.write('POST /any HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx'.repeat(5));
    await request(`${intake.address}/`);
    client.socket.destroy();
    await client.closed;
    open();
    await finish();
    expect(got).toHaveLength(5);
  });

  it('works on an inherited socket', async () => {
    const { bindStreamSocket } = await import('../../../src/os/listening-socket.ts');
    const path = join(directory, 'handed');
    const bound = bindStreamSocket(path, 0o600);
    const { intake, got, finish } = await start({
      path,
      mode: 0o600,
      descriptor: bound.fd,
    } as Partial<HttpIntakeOptions>);
    expect(intake.address).toBe(`http:${path}`);
    const client = new Client('http://belfry', { socketPath: path });
    expect((await client.request({ method: 'POST', path: '/any', body: 'x' })).statusCode).toBe(202);
    await client.close();
    await finish();
    expect(got).toEqual(['x']);
    // Whoever has bound it removes it.
    expect(existsSync(path)).toBe(true);
  });
});

describe('a renewed service', () => {
  const fixtures = join(import.meta.dirname, '../../fixtures');
  const files = { certificate: join(directory, 'certificate.pem'), key: join(directory, 'key.pem') };
  const use = (folder: string): void => {
    writeFileSync(files.certificate, readFileSync(join(fixtures, folder, 'certificate.pem')));
    writeFileSync(files.key, readFileSync(join(fixtures, folder, 'key.pem')));
  };
  const ca = (folder: string): string => readFileSync(join(fixtures, folder, 'certificate.pem'), 'utf8');
  const post = async (address: string, trusted: string): Promise<number> => {
    const client = new Client(address, { connect: { ca: trusted, servername: 'localhost' } });
    try {
      return (await client.request({ method: 'POST', path: '/any', body: 'x' })).statusCode;
    } finally {
      await client.destroy();
    }
  };

  it('brings its certificate with it, and the connections stay', async () => {
    use('mailto');
    const { intake } = await start({ tls: files });
    expect(intake.address).toMatch(/^https:/);
    const old = new Client(intake.address, { connect: { ca: ca('mailto'), servername: 'localhost' } });
    await (await old.request({ method: 'POST', path: '/any', body: 'x' })).body.dump();
    use('http');
    const take = intake.renew({ ...service, tls: files });
    expect(await post(intake.address, ca('mailto'))).toBe(202);
    take();
    expect(await post(intake.address, ca('http'))).toBe(202);
    await expect(post(intake.address, ca('mailto'))).rejects.toThrow();
    const again = await old.request({ method: 'POST', path: '/any', body: 'x' });
    expect(again.statusCode).toBe(202);
    await old.destroy();
  });

  it('that cannot be used is refused, and the old one stays', async () => {
    use('mailto');
    const { intake } = await start({ tls: files });
    writeFileSync(files.certificate, 'rubbish');
    expect(() => intake.renew({ ...service, tls: files })).toThrow(/certificate\.pem .*PEM|certificate.*PEM/);
    use('http');
    expect(() => intake.renew({ ...service, tls: { ...files, key: '/nonexistent' } })).toThrow(
      /key.*\/nonexistent: ENOENT/,
    );
    expect(() => intake.renew(service)).toThrow(/HTTPS/);
    const token = { file: '/nonexistent' };
    expect(() => intake.renew({ ...service, tls: files, authentication: { token } })).toThrow(
      /token.*\/nonexistent: ENOENT/,
    );
    expect(await post(intake.address, ca('mailto'))).toBe(202);
  });

  it('is not begun with files that cannot be used', async () => {
    use('mailto');
    const other = { ...files, key: join(fixtures, 'http', 'key.pem') };
    await expect(start({ tls: other })).rejects.toMatchObject({ code: 'CONFIGURATION' });
    await expect(start({ tls: { ...files, key: '/nonexistent' } })).rejects.toMatchObject({ code: 'NO_INPUT' });
  });

  it('answers plain HTTP on its port with nothing', async () => {
    use('mailto');
    const { intake, got } = await start({ tls: files });
    const client = new RawClient(intake.address.replace('https', 'http'));
    await client.write('POST /any HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx');
    await client.closed;
    expect([client.answers(202), got]).toEqual([0, []]);
  });

  it('changes who is believed, how much, and how many', async () => {
    const { intake } = await start();
    const send = async (body: string, authorization?: string): Promise<number> =>
      (
        await request(`${intake.address}/any`, {
          method: 'POST',
          body,
          ...(authorization === undefined ? {} : { headers: { authorization } }),
        })
      ).statusCode;
    expect(await send('x')).toBe(202);
    intake.renew({ ...service, maxBodyBytes: 10, authentication: { token: { text: 'let-me' } } })();
    expect(await send('x')).toBe(401);
    expect(await send('x', 'Bearer let-me')).toBe(202);
    expect(await send('12345678901', 'Bearer let-me')).toBe(413);
  });
});
