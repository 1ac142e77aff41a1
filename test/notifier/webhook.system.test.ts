/** Method webhook on real servers: what is sent, what each answer and each silence means, and that nothing hangs. */
import { spawn } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { ExactNumber } from '../../src/base/event.ts';
import {
  type Notification,
  type Notifier,
  type Outcome,
  type Services,
  untilResumedMs,
} from '../../src/notifier/notifier.ts';
import { webhook } from '../../src/notifier/webhook.ts';
import { notifierContract } from '../contract/notifier.ts';
import { attemptWithin, openMethod, testServices } from './open-method.ts';
import { eventNotification, hostileNotifications, requestNotification } from './samples.ts';

const never = new AbortController().signal;
// Each attempt under way listens to it.
setMaxListeners(0, never);

/** What a test has started, taken down after it in reverse order. */
const started: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

async function listen(server: Server | TcpServer): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Received {
  readonly request: IncomingMessage;
  readonly body: string;
}

/** A receiver: reads each request whole, notes it, then lets `answer` answer. */
async function receiver(answer: (response: ServerResponse, request: IncomingMessage) => void): Promise<{
  readonly host: string;
  readonly received: Received[];
  readonly connections: () => number;
  stop(): Promise<void>;
}> {
  const received: Received[] = [];
  let connections = 0;
  const listener: RequestListener = (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ request, body });
      answer(response, request);
    });
  };
  const server = createServer(listener).on('connection', () => {
    connections += 1;
  });
  const host = await listen(server);
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { host, received, connections: () => connections, stop };
}

/** A receiver that goes with the test. */
async function startReceiver(answer: (response: ServerResponse, request: IncomingMessage) => void) {
  const peer = await receiver(answer);
  started.push(() => peer.stop());
  return peer;
}

/** A server below HTTP: `talk` does with each connection what no proper receiver does. */
async function rawReceiver(talk: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    talk(socket);
  });
  const host = await listen(server);
  started.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return host;
}

async function open(options: Readonly<Record<string, string>>, services?: Services): Promise<Notifier> {
  const notifier = await openMethod(webhook, options, services);
  started.push(() => notifier.close());
  return notifier;
}

/** Within a second. */
async function tellImpatiently(host: string, notification: Notification): Promise<Outcome | undefined> {
  const notifier = await open({ url: `http://${host}/` }, testServices({ attemptTimeoutMs: 1000 }));
  return attemptWithin(1000, notifier, notification);
}

async function tell(notifier: Notifier, notification: Notification, signal = never): Promise<Outcome | undefined> {
  const [outcome] = await notifier.notify([{ notification, attempt: 1, lane: '' }], signal);
  return outcome;
}

notifierContract('webhook', async () => {
  let answer = (response: ServerResponse): void => {
    response.end('thank you');
  };
  const peer = await receiver((response) => answer(response));
  let broken = false;
  return {
    notifier: await openMethod(webhook, { url: `http://${peer.host}/hook` }),
    received: () => peer.received.map(({ request }) => String(request.headers['webhook-id'])),
    breakPeer: async () => {
      broken = true;
      await peer.stop();
    },
    hangPeer: () => {
      answer = () => {};
    },
    pausePeer: () => {
      answer = (response) => response.writeHead(503, { 'retry-after': '60' }).end();
    },
    dispose: async () => {
      if (!broken) await peer.stop();
    },
  };
});

describe('the format', () => {
  it('decides on method, headers and body', async () => {
    const { host, received } = await startReceiver((response) => response.writeHead(204).end());
    const inInbox = eventNotification('01test', { uri: 'imap://h/user/john;UIDVALIDITY=1/;UID=2' });
    for (const format of ['envelope', 'cloudevents-binary', 'ox']) {
      const notifier = await open({ url: `http://${host}/hook`, format });
      expect(await tell(notifier, inInbox)).toEqual({ status: 'delivered', detail: '204' });
    }
    const [envelope, binary, ox] = received;
    expect(JSON.parse(envelope?.body ?? '')).toMatchObject({ id: '01test', mailbox: { owner: 'john' }, uids: [2] });
    expect(binary?.request.headers).toMatchObject({ 'ce-id': '01test', 'webhook-id': '01test' });
    expect([ox?.request.method, JSON.parse(ox?.body ?? '')]).toMatchObject(['PUT', { 'imap-uid': 2 }]);
  });

  it('filters what it is not meant for, without a request', async () => {
    const { host, received } = await startReceiver((response) => response.end());
    const notifier = await open({ url: `http://${host}/`, format: 'ox' });
    expect(await tell(notifier, requestNotification('1'))).toMatchObject({
      status: 'filtered',
      option: 'webhook_format',
    });
    expect(received).toEqual([]);
  });
});

describe('what is sent', () => {
  it('is a POST of the event as JSON, with its identity', async () => {
    const { host, received } = await startReceiver((response) => response.writeHead(204).end());
    const services = testServices({ version: '1.2.3', now: () => 1_614_265_330_999 });
    const notifier = await open({ url: `http://${host}/hook/a?b=c%20d#e` }, services);
    const notification = eventNotification('01test', { zebra: 1, apple: { b: 1, a: 2 } });
    expect(await tell(notifier, notification)).toEqual({ status: 'delivered', detail: '204' });
    const [{ request, body } = expect.fail('nothing came')] = received;
    expect([request.method, request.url]).toEqual(['POST', '/hook/a?b=c%20d']);
    expect(request.headers).toEqual({
      host,
      connection: 'keep-alive',
      'accept-encoding': 'identity',
      'content-length': String(Buffer.byteLength(body)),
      'content-type': 'application/json',
      'user-agent': 'belfry/1.2.3',
      'webhook-id': '01test',
      'webhook-timestamp': '1614265330',
    });
    expect(body).toBe(notification.message);
    expect(body).toMatch(/^\{"event":.*"zebra":1,"apple":\{"b":1,"a":2\}\}$/);
  });

  it('is the envelope of a request of another class', async () => {
    const { host, received } = await startReceiver((response) => response.end());
    const notification = requestNotification('02test', { class: 'SIEVE', options: ['b', 'a'] });
    await tell(await open({ url: `http://${host}/` }), notification);
    expect(received[0]?.body).toBe(JSON.stringify(notification.payload));
    expect(received[0]?.body).toMatch(/^\{"class":"SIEVE","method":"",/);
  });

  it('has sorted keys where that is asked for, and all numbers as they were sent', async () => {
    const { host, received } = await startReceiver((response) => response.end());
    const exact = new ExactNumber('9007199254740993.0');
    const notification = eventNotification('03test', { zebra: exact, apple: [{ b: exact, a: 2 }] });
    await tell(await open({ url: `http://${host}/`, sort_keys: 'yes' }), notification);
    expect(received[0]?.body).toMatch(
      /^\{"apple":\[\{"a":2,"b":9007199254740993\.0\}\],"event":.*,"zebra":9007199254740993\.0\}$/,
    );
    const sieve = requestNotification('04test', { class: 'IMIP' });
    await tell(await open({ url: `http://${host}/` }), { ...sieve, payload: { ...sieve.payload, imip: { z: exact } } });
    expect(received[1]?.body).toMatch(/"imip":\{"z":9007199254740993\.0\}\}$/);
  });

  it('keeps its identity in a later attempt, at a later time', async () => {
    const { host, received } = await startReceiver((response) => response.end());
    let at = 1_000_000;
    const notifier = await open({ url: `http://${host}/` }, testServices({ now: () => at }));
    await tell(notifier, eventNotification('03test'));
    at += 60_000;
    await tell(notifier, eventNotification('03test'));
    const identities = received.map(({ request }) => [
      request.headers['webhook-id'],
      request.headers['webhook-timestamp'],
    ]);
    expect(identities).toEqual([
      ['03test', '1000'],
      ['03test', '1060'],
    ]);
  });

  it('has the same headers whatever the notification holds', async () => {
    const { host, received } = await startReceiver((response) => response.end());
    const notifier = await open({ url: `http://${host}/` });
    for (const hostile of hostileNotifications()) {
      expect(await tell(notifier, { ...hostile, id: 'same' })).toMatchObject({ status: 'delivered' });
    }
    const heads = received.map(({ request }) => {
      const { 'content-length': _, 'webhook-timestamp': __, ...rest } = request.headers;
      return JSON.stringify([request.method, request.url, rest]);
    });
    expect(heads).toHaveLength(hostileNotifications().length);
    expect(new Set(heads).size).toBe(1);
    const payloads = received.map(({ body }) => JSON.parse(body));
    const expected = hostileNotifications().map(({ payload }) => JSON.parse(JSON.stringify(payload)));
    expect(payloads).toEqual(expected);
  });

  it('authenticates with the credentials in the URL', async () => {
    const { host, received } = await startReceiver((response) => response.writeHead(503).end('no'));
    const notifier = await open({ url: `http://caf%C3%A9:p%25%40ss@${host}/` });
    const outcome = await tell(notifier, eventNotification('04test'));
    const basic = Buffer.from('café:p%@ss').toString('base64');
    expect(received[0]?.request.headers.authorization).toBe(`Basic ${basic}`);
    expect(outcome).toEqual({ status: 'retry', reason: `http://${host} answered 503 Service Unavailable: no` });
  });

  it('authenticates with the option authorization', async () => {
    const { host, received } = await startReceiver((response) => response.end());
    await tell(await open({ url: `http://${host}/`, authorization: 'Bearer abc' }), eventNotification('05test'));
    expect(received[0]?.request.headers.authorization).toBe('Bearer abc');
  });

  it('authenticates with a secret of a file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'belfry-webhook-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const file = join(directory, 'authorization');
    await writeFile(file, 'Bearer def\n');
    const { host, received } = await startReceiver((response) => response.end());
    await tell(await open({ url: `http://${host}/`, authorization_file: file }), eventNotification('05test'));
    expect(received[0]?.request.headers.authorization).toBe('Bearer def');
    await writeFile(file, 'Bearer\u00e9\n');
    await expect(openMethod(webhook, { url: `http://${host}/`, authorization_file: file })).rejects.toMatchObject({
      code: 'NOTIFIER_OPEN',
      message: expect.not.stringContaining('\u00e9'),
    });
  });

  it.each([
    [{ url: 'http://u:p@127.0.0.1/', authorization: 'Bearer abc' }, 'authorization: the URL '],
    [{ url: 'http://u:p@127.0.0.1/', authorization_file: '/key' }, 'authorization_file: the URL '],
    [{ url: 'http://127.0.0.1/', authorization: 'Bearer\r\nX-Forged: 1' }, 'authorization: it '],
    [{ url: 'http://u%zz:p@127.0.0.1/' }, 'url: the user or the password'],
  ])('is refused beforehand with %j', async (options, message) => {
    const refused = openMethod(webhook, options);
    await expect(refused).rejects.toMatchObject({ code: 'NOTIFIER_OPEN', message: expect.stringContaining(message) });
    await expect(refused).rejects.not.toThrow(/abc|u:p|%zz/);
  });
});

describe('connections', () => {
  it('serve many notifications', async () => {
    const { host, connections, received } = await startReceiver((response) => response.end('x'.repeat(10_000)));
    const notifier = await open({ url: `http://${host}/` });
    for (let index = 0; index < 50; index += 1) await tell(notifier, eventNotification(`10-${index}`));
    expect(received).toHaveLength(50);
    // The pool opens a second one while the first still hands out the end of an answer.
    expect(connections()).toBeLessThanOrEqual(2);
  });

  it('are as many as there are attempts at a time', async () => {
    const waiting: ServerResponse[] = [];
    const { host, connections } = await startReceiver((response) => waiting.push(response));
    const notifier = await open({ url: `http://${host}/` });
    const attempts = Array.from({ length: 20 }, (_, index) => tell(notifier, eventNotification(`11-${index}`)));
    await expect.poll(() => waiting.length).toBe(20);
    for (const response of waiting) response.end();
    expect(new Set((await Promise.all(attempts)).map((outcome) => outcome?.status))).toEqual(new Set(['delivered']));
    expect(connections()).toBe(20);
  });

  it('are no more when each attempt is followed by another at once', async () => {
    const { host, connections } = await startReceiver((response) => response.end());
    const notifier = await open({ url: `http://${host}/` }, testServices({ concurrency: 3 }));
    const tellTen = async (letter: string): Promise<void> => {
      for (let i = 0; i < 10; i += 1) {
        expect(await tell(notifier, eventNotification(`14-${letter}${i}`))).toMatchObject({ status: 'delivered' });
      }
    };
    await Promise.all(['a', 'b', 'c'].map(tellTen));
    expect(connections()).toBe(3);
  });

  it('are made anew when the receiver has closed them or was started again', async () => {
    const { host } = await startReceiver((response) => response.setHeader('connection', 'close').end());
    const notifier = await open({ url: `http://${host}/` });
    expect(await tell(notifier, eventNotification('12-a'))).toMatchObject({ status: 'delivered' });
    expect(await tell(notifier, eventNotification('12-b'))).toMatchObject({ status: 'delivered' });
  });

  it('do not serve again after an answer without end', async () => {
    const { host, connections } = await startReceiver((response) => {
      response.on('error', () => {});
      const chunk = Buffer.alloc(64 * 1024);
      const pump = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', pump);
      pump();
    });
    const notifier = await open({ url: `http://${host}/` });
    expect(await tell(notifier, eventNotification('13-a'))).toMatchObject({ status: 'delivered' });
    expect(await tell(notifier, eventNotification('13-b'))).toMatchObject({ status: 'delivered' });
    expect(connections()).toBeGreaterThan(1);
  });
});

describe('an answer', () => {
  it('that redirects is not followed', async () => {
    const { host, received } = await startReceiver((response) => response.writeHead(307, { location: '/other' }).end());
    const outcome = await tell(await open({ url: `http://${host}/` }), eventNotification('20-a'));
    const reason = `http://${host} answered 307 Temporary Redirect to /other, which belfry does not follow: correct the URL`;
    expect(outcome).toEqual({ status: 'retry', reason });
    expect(received).toHaveLength(1);
  });

  it('that asks for a wait gets it', async () => {
    const { host } = await startReceiver((response) => response.writeHead(429, { 'retry-after': '120' }).end('slowly'));
    const outcome = await tell(await open({ url: `http://${host}/` }), eventNotification('21-a'));
    const reason = `http://${host} answered 429 Too Many Requests: slowly`;
    expect(outcome).toEqual({ status: 'retry', reason, pauseMs: 120_000 });
  });

  it('that refuses is quoted in one line', async () => {
    const { host } = await startReceiver((response) =>
      response.writeHead(422).end(`no\n\u001b[2J${'x'.repeat(100_000)}`),
    );
    const outcome = await tell(await open({ url: `http://${host}/` }), eventNotification('22-a'));
    const reason = `http://${host} answered 422 Unprocessable Entity: no\\n\\u{1b}[2J${'x'.repeat(186)}…`;
    expect(outcome).toEqual({ status: 'rejected', reason });
  });
});

describe('a receiver that never comes to an end', () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n';
  const failing = 'HTTP/1.1 500 Oops\r\nContent-Length: 1000\r\n\r\nwhat went wro';

  /** Sends one byte after another, for ever. */
  function trickle(socket: Socket, first: string, again: string): void {
    socket.write(first);
    const timer = setInterval(() => socket.write(again), 20);
    socket.on('close', () => clearInterval(timer));
  }

  it.each<[string, (socket: Socket) => void, string]>([
    ['takes the connection and is silent', () => {}, 'did not answer within 1 s'],
    ['begins its headers', (socket) => socket.write(head), 'did not answer within 1 s'],
    ['trickles headers', (socket) => trickle(socket, head, 'X: y\r\n'), 'did not answer within 1 s'],
    [
      'says 100 Continue for ever',
      (socket) => trickle(socket, '', 'HTTP/1.1 102 Processing\r\n\r\n'),
      'did not answer within 1 s',
    ],
    [
      'begins the body of a failure',
      (socket) => socket.write(failing),
      'answered 500 Internal Server Error: what went wro',
    ],
    [
      'trickles the body of a failure',
      (socket) => trickle(socket, failing, '.'),
      'answered 500 Internal Server Error: what went wro.',
    ],
  ])('%s', async (_, talk, reason) => {
    const host = await rawReceiver((socket) => socket.once('data', () => talk(socket)));
    const outcome = await tellImpatiently(host, eventNotification('30-a'));
    expect(outcome).toMatchObject({ status: 'retry', reason: expect.stringContaining(`http://${host} ${reason}`) });
  });

  it('has taken the notification once it has said so', async () => {
    const host = await rawReceiver((socket) => socket.once('data', () => trickle(socket, `${head}\r\n`, 'x')));
    expect(await tellImpatiently(host, eventNotification('31-a'))).toEqual({ status: 'delivered', detail: '200' });
  });

  it('takes no connection', async () => {
    const code = `const server = require('node:net').createServer();
      server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => console.log(server.address().port))`;
    const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    started.push(async () => child.kill('SIGKILL'));
    const port = Number(await new Promise((resolve) => child.stdout.once('data', resolve)));
    child.kill('SIGSTOP');
    // The kernel completes the first connections in its place; after them it is silent.
    for (let filler = 0; filler < 4; filler += 1) {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      started.push(async () => socket.destroy());
    }
    const outcome = await tellImpatiently(`127.0.0.1:${port}`, eventNotification('33-a'));
    const reason = `http://127.0.0.1:${port} did not accept the connection within 1 s`;
    expect(outcome).toEqual({ status: 'retry', reason });
  });

  it('is left at once when the daemon stops', async () => {
    let got = '';
    const host = await rawReceiver((socket) => {
      socket.on('data', (chunk) => {
        got += chunk;
      });
    });
    const notifier = await open({ url: `http://${host}/` });
    const abort = new AbortController();
    const settled = tell(notifier, eventNotification('32-a'), abort.signal);
    await expect.poll(() => got).toContain('32-a');
    abort.abort();
    expect(await settled).toEqual({ status: 'retry', reason: `stopped before http://${host} had answered` });
  });
});

describe('a receiver that asks for a pause', () => {
  it.each([
    ['429', '429 Too Many Requests', 'Retry-After: 90\r\n', 90_000],
    ['503', '503 Service Unavailable', 'Retry-After: 90\r\n', 90_000],
    ['410, which has no Retry-After', '410 Gone', '', untilResumedMs],
  ])('pauses the notifier: %s', async (_, status, header, pauseMs) => {
    const answer = `HTTP/1.1 ${status}\r\n${header}Content-Length: 0\r\n\r\n`;
    const host = await rawReceiver((socket) => socket.once('data', () => socket.end(answer)));
    const outcome = await tell(await open({ url: `http://${host}/` }), eventNotification('34-a'));
    expect(outcome).toMatchObject({ status: 'retry', pauseMs });
  });
});

describe('a receiver that cannot be reached', () => {
  async function reasonOf(url: string): Promise<string> {
    const attemptTimeoutMs = 5000;
    const notifier = await open({ url }, testServices({ attemptTimeoutMs }));
    const outcome = await attemptWithin(attemptTimeoutMs, notifier, eventNotification('40-a'));
    expect(outcome?.status).toBe('retry');
    return outcome && 'reason' in outcome ? outcome.reason : '';
  }

  it('refuses the connection', async () => {
    const peer = await receiver(() => {});
    await peer.stop();
    expect(await reasonOf(`http://${peer.host}/`)).toBe(
      `http://${peer.host}: connect ECONNREFUSED ${peer.host} (see audit_webhook_url)`,
    );
  });

  it('has several addresses and refuses on each', async () => {
    const peer = await receiver(() => {});
    await peer.stop();
    const port = peer.host.split(':')[1];
    expect(await reasonOf(`http://localhost:${port}/`)).toMatch(/^http:\/\/localhost:[0-9]+: connect ECONNREFUSED /);
  });

  it('has no address', async () => {
    const reason = await reasonOf('http://user:secret@absent.invalid/');
    // A resolver that does not answer at all is met by the limit of time.
    expect(reason).toMatch(
      /^http:\/\/absent\.invalid(?:: getaddrinfo E[A-Z_]+ absent\.invalid(?: \(see audit_webhook_url\))?| .*connection .*)$/,
    );
  });

  it('speaks no TLS', async () => {
    const peer = await startReceiver((response) => response.end());
    expect(await reasonOf(`https://${peer.host}/`)).toMatch(new RegExp(`^https://${peer.host}: .*TLS.*http://`));
  });

  it('resets the connection', async () => {
    const host = await rawReceiver((socket) => socket.once('data', () => socket.resetAndDestroy()));
    expect(await reasonOf(`http://${host}/`)).toMatch(/: .*ECONNRESET/);
  });

  it('closes the connection without an answer', async () => {
    const host = await rawReceiver((socket) => socket.once('data', () => socket.end()));
    expect(await reasonOf(`http://${host}/`)).toMatch(/: other side closed \(UND_ERR_SOCKET\).*TLS/);
  });

  it('breaks off in the middle of its headers', async () => {
    const host = await rawReceiver((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nX-Half')));
    expect(await reasonOf(`http://${host}/`)).toMatch(new RegExp(`^http://${host}: .`));
  });

  it('speaks another protocol', async () => {
    const host = await rawReceiver((socket) => socket.end('220 mail.example.org ESMTP\u0007\r\n'));
    expect(await reasonOf(`http://${host}/`)).toMatch(new RegExp(`^http://${host}: .`));
  });

  it('has taken the notification when it sends more headers than anybody needs', async () => {
    const flood = `HTTP/1.1 200 OK\r\n${'X-Flood: x\r\n'.repeat(10_000)}\r\n`;
    const host = await rawReceiver((socket) => socket.once('data', () => socket.write(flood)));
    const outcome = await tell(await open({ url: `http://${host}/` }), eventNotification('40-a'));
    expect(outcome).toEqual({ status: 'delivered', detail: '200' });
  });

  it('has taken the notification when it breaks off after the status 200', async () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf';
    const host = await rawReceiver((socket) => socket.once('data', () => socket.end(text)));
    const outcome = await tell(await open({ url: `http://${host}/` }), eventNotification('41-a'));
    expect(outcome).toEqual({ status: 'delivered', detail: '200' });
  });

  it('is tried again when the notifier is closed under an attempt', async () => {
    const { host, received } = await startReceiver(() => {});
    const notifier = await open({ url: `http://${host}/` });
    const settled = tell(notifier, eventNotification('42-a'));
    await expect.poll(() => received.length).toBe(1);
    await notifier.close();
    expect(await settled).toMatchObject({ status: 'retry' });
    expect(await tell(notifier, eventNotification('42-b'))).toMatchObject({ status: 'retry' });
  });
});

describe('an answer that is not quite HTTP', () => {
  /** Answers each request with these bytes and leaves the rest to the client. */
  const answering = (bytes: string | Buffer): Promise<string> =>
    rawReceiver((socket) => socket.on('data', () => socket.write(bytes)));

  it.each([
    [
      'more headers than the parser takes',
      `HTTP/1.1 200 OK\r\nX-Big: ${'a'.repeat(20_000)}\r\nContent-Length: 2\r\n\r\nok`,
    ],
    ['Content-Length twice', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok'],
    [
      'Content-Length and chunks',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    ],
    ['lines that end in LF alone', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'],
    ['a header without a name', 'HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 2\r\n\r\nok'],
    [
      'an interim answer before it',
      'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok',
    ],
  ])('is a success when its status is: %s', async (_, bytes) => {
    const notifier = await open({ url: `http://${await answering(bytes)}/` });
    expect(await tell(notifier, eventNotification('01odd'))).toEqual({ status: 'delivered', detail: '200' });
    // The next one gets a connection of its own.
    expect(await tell(notifier, eventNotification('02odd'))).toEqual({ status: 'delivered', detail: '200' });
  });

  it.each([
    ['410 Gone', 'retry', { reason: expect.stringContaining('answered 410 Gone'), pauseMs: untilResumedMs }],
    ['503 Service Unavailable', 'retry', { reason: expect.stringContaining('answered 503 Service Unavailable') }],
  ])('means what its status means: %s', async (status, outcome, fields) => {
    const host = await answering(`HTTP/1.1 ${status}\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nno`);
    const notifier = await open({ url: `http://${host}/` });
    expect(await tell(notifier, eventNotification('03odd'))).toMatchObject({ status: outcome, ...fields });
  });

  it.each([
    ['half a status line', 'HTTP/1.1 20'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['an interim answer alone', 'HTTP/1.1 102 Processing\r\n\r\n'],
  ])('is no answer without a final status, and the reason can be read: %s', async (_, bytes) => {
    const host = await rawReceiver((socket) => socket.on('data', () => socket.end(bytes)));
    const outcome = await tell(await open({ url: `http://${host}/` }), eventNotification('04odd'));
    expect(outcome).toMatchObject({ status: 'retry', reason: expect.stringMatching(/^http:.{10,}/) });
    expect(outcome).not.toMatchObject({ reason: expect.stringContaining('undefined') });
  });

  it('is not quoted where it is compressed although that was not asked for', async () => {
    const { host } = await startReceiver((response) =>
      response.writeHead(500, { 'content-encoding': 'gzip' }).end(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])),
    );
    expect(await tell(await open({ url: `http://${host}/` }), eventNotification('05odd'))).toEqual({
      status: 'retry',
      reason: expect.stringMatching(new RegExp(`^http://${host} .*500 .*gzip`)),
    });
  });
});

describe('a kept-alive connection', () => {
  const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

  /** Serves `served` requests on each connection, and closes at the next one without an answer. */
  async function closing(served: number, end: (socket: Socket) => void): Promise<{ host: string; ids: string[] }> {
    const ids: string[] = [];
    const host = await rawReceiver((socket) => {
      let count = 0;
      socket.on('data', (bytes) => {
        const id = /^POST .*webhook-id: (\S+)/s.exec(bytes.toString('latin1'))?.[1];
        if (id === undefined) return;
        ids.push(id);
        count += 1;
        if (count > served) end(socket);
        else socket.write(ok);
      });
    });
    return { host, ids };
  }

  it.each<[string, (socket: Socket) => void]>([
    ['with FIN', (socket) => socket.end()],
    ['with RST', (socket) => socket.resetAndDestroy()],
  ])('that the receiver closes %s when a request comes is replaced at once by a new one', async (_, end) => {
    const { host, ids } = await closing(1, end);
    const notifier = await open({ url: `http://${host}/` }, testServices({ concurrency: 1 }));
    for (const id of ['01kept', '02kept', '03kept']) {
      expect(await tell(notifier, eventNotification(id))).toEqual({ status: 'delivered', detail: '200' });
    }
    expect(ids.filter((id) => id === '02kept')).toHaveLength(2);
  });

  it('is replaced once: what a new one does not answer either is a failure', async () => {
    const { host, ids } = await closing(0, (socket) => socket.end());
    const notifier = await open({ url: `http://${host}/` }, testServices({ concurrency: 1 }));
    expect(await tell(notifier, eventNotification('01new'))).toMatchObject({ status: 'retry' });
    expect(ids).toEqual(['01new']);
  });
});
