import { readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { beforeEach, describe, expect, it } from 'vitest';
import { addSend } from '../../src/cli/send.ts';
import { sendRequests } from '../../src/cli/send-requests.ts';
import { decodeNotify } from '../../src/decode/dlist/notify.ts';
import { decodeFrame } from '../../src/decode/frame.ts';
import { type DatagramSocket, openDatagramSocket } from '../../src/os/unix-datagram.ts';
import { closeAfterEach, scratchDirectory } from '../os/scratch.ts';

const directory = scratchDirectory();
const closing = closeAfterEach();
const never = new AbortController().signal;
let count = 0;
let path: string;
let socket: DatagramSocket;
let told: string;

beforeEach(() => {
  count += 1;
  path = join(directory, `s${count}`);
  socket = closing(openDatagramSocket({ path }));
  told = '';
});

function file(content: string | Uint8Array): string {
  count += 1;
  const name = join(directory, `f${count}`);
  writeFileSync(name, content);
  return name;
}

const io = {
  out: () => {},
  err: (text: string) => {
    told += text;
  },
  exit: () => {},
};

/** Runs the command, receiving meanwhile; answers the datagrams. */
const send = (...words: string[]): Promise<readonly Uint8Array[]> => sendWith('-f', path, ...words);

async function sendWith(...words: string[]): Promise<readonly Uint8Array[]> {
  const program = new Command('belfry').exitOverride().configureOutput({ writeOut: io.out, writeErr: io.err });
  addSend(program, io);
  for (const command of program.commands) command.exitOverride();
  const got: Uint8Array[] = [];
  const over = new AbortController();
  const receiving = (async () => {
    for (;;) {
      const datagrams = socket.receive(100);
      got.push(...datagrams.map(({ bytes }) => bytes));
      if (datagrams.length === 0 && over.signal.aborted) return;
      if (datagrams.length === 0) await socket.ready(over.signal);
      else await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  try {
    await program.parseAsync(['send', ...words], { from: 'user' });
  } finally {
    over.abort();
    await receiving;
  }
  return got;
}

const decoded = (datagrams: readonly Uint8Array[]): unknown[] => datagrams.map((bytes) => decodeFrame(bytes));
const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('latin1');

describe('belfry send', () => {
  it('sends a message with the defaults of notifytest', async () => {
    const [bytes] = await send('-t', 'Hello from belfry');
    expect(text(bytes)).toBe(`\0MESSAGE\0normal\0${userInfo().username}\0\x000\0Hello from belfry\0`);
    expect(told).toBe('');
  });

  it('sends every field and the options', async () => {
    const flags = ['-n', 'mailto', '-c', 'SIEVE', '-p', 'high', '-u', 'jané', '-m', 'INBOX.Sub'];
    const [bytes] = await send('-t', 'text', ...flags, 'mailto:a@example.org', 'b');
    expect(Buffer.from(bytes ?? []).toString()).toBe(
      'mailto\0SIEVE\0high\0jané\0INBOX.Sub\x002\0mailto:a@example.org\0b\0text\0',
    );
  });

  it('sends one event, however it is laid out', async () => {
    const event = '{\n  "event": "Login",\n  "user": "jane"\n}';
    const got = await send('--event', file(`\uFEFF${event}\n`));
    expect(got.map(text)).toEqual([`\0EVENT\0\0\0\0${'0'}\0${event}\0`]);
    expect(decoded(got)).toMatchObject([{ ok: true, value: { class: 'EVENT', message: event } }]);
  });

  it('sends an event from each line, as it stands there', async () => {
    const events = ['{"event":"Login","n":1.0}', '{ "event": "Logout" }', '{"event":"Login","n":10000000000000000001}'];
    const got = await send('-n', 'log', '--event', file(`${events[0]}\r\n\n  ${events[1]}\n${events[2]}`));
    expect(got.map(text)).toEqual(events.map((event) => `log\0EVENT\0\0\0\0${'0'}\0${event}\0`));
    expect(told).toMatch(/^sent 3 requests, \d+ bytes, in \d\.\d{3} s: \d+\/s\n$/);
  });

  it('sends each event of an array as it stands there, and of a file with a byte order mark', async () => {
    const events = ['{"event":"Login","n":1.0}', '{ "event":\n"Logout","x":["]"] }'];
    expect((await send('--event', file(` [${events.join(' ,\n')}]\n`))).map(text)).toEqual(
      events.map((event) => `\0EVENT\0\0\0\x000\0${event}\0`),
    );
    const got = decoded(await send('--event', join(import.meta.dirname, '../fixtures/cli/bom.ndjson')));
    expect(got).toMatchObject([{ value: { message: expect.stringMatching(/^\{"event":"MessageNew".*\}$/) } }]);
    expect((await send('--event', file('\ufeff[{"event":"Login"}]'))).map(text)).toEqual([
      '\0EVENT\0\0\0\x000\0{"event":"Login"}\0',
    ]);
  });

  it('sends a request that was captured on the stream as Cyrus sends it in a datagram', async () => {
    const captured = join(import.meta.dirname, '../fixtures/cyrus-dlist/411-SIEVE.bin');
    const [bytes] = await send('--raw', captured);
    expect(decodeFrame(bytes ?? Buffer.alloc(0))).toEqual(decodeNotify(readFileSync(captured)));
    await expect(send('--raw', file('NOTIFY %(METHOD (\r\n'))).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  it('sends to the first notifysocket of the configuration when no socket is named', async () => {
    const configuration = file(`http_listen: ${directory}/h\nnotifysocket: ${path}\nno_such_option: x\n`);
    const got = await sendWith('-C', configuration, '-t', 'hello');
    expect(got.map(text)).toEqual([expect.stringContaining('\0hello\0')]);
    expect(told).toBe('');
    const broken = file('notifysocket_mode: 9\n');
    await expect(sendWith('-C', broken, '-t', 'x')).rejects.toMatchObject({ code: 'CONFIGURATION' });
  });

  it.each([
    [['-f', '@x', '--event', '{"event":"Login"}'], 'USAGE', '--event takes the name of a file; - is standard input'],
    [['-f', '@x', '--event', 'MessageNew'], 'NO_INPUT', 'belfry events MessageNew --example | belfry send --event -'],
    [['-f', 'http://127.0.0.1:8090/', '-t', 'x'], 'USAGE', 'curl http://127.0.0.1:8090/v1/events'],
  ])('says of %j what to write instead', async (words, code, remedy) => {
    await expect(sendWith(...words)).rejects.toMatchObject({ code, message: expect.stringContaining(remedy) });
  });

  it('sends a captured request byte for byte', async () => {
    const captured = join(import.meta.dirname, '../fixtures/cyrus/411-SIEVE.bin');
    const [bytes] = await send('--raw', captured);
    expect(readFileSync(captured).equals(bytes ?? Buffer.alloc(0))).toBe(true);
    const odd = Buffer.from([0, 255, 10, 0]);
    expect(await send('--raw', file(odd))).toEqual([odd]);
  });

  it('repeats all of it, in order', async () => {
    const got = await send('--repeat', '500', '--event', file('{"event":"Login"}\n{"event":"Logout"}'));
    const types = got.map((bytes) => /"event":"(\w+)"/.exec(text(bytes))?.[1]);
    expect(types).toEqual(Array.from({ length: 1000 }, (_, index) => (index % 2 === 0 ? 'Login' : 'Logout')));
    expect(told).toMatch(/^sent 1000 requests/);
  });

  it('keeps to a rate', async () => {
    const startedAt = performance.now();
    expect(await send('-t', 'x', '--repeat', '11', '--rate', '100')).toHaveLength(11);
    // Ten intervals of 10 ms; a timer of Node may come a millisecond early.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(98);
  });

  it.each([
    ['[{"event":"Login"},[]]', ': event 2: not an event'],
    ['[{"event":"Login"}', ': at byte 18 the array is not closed'],
    ['[]', ': contains no event'],
    ['\0EVENT\0\0\0\x000\0{}\0', ': this is a captured request; send it with --raw'],
    ['NOTIFY %(METHOD NIL)\r\n', ': this is a captured request; send it with --raw'],
    ['{"type":"Login"}', ': not an event'],
    ['{"event":5}', ': not an event'],
    ['"Login"', ': not an event'],
    ['{"event":"Login"}\n\n{"event":', ':3: not JSON'],
    ['{"event":"Login"}\n[1]', ':2: not an event'],
    [' \n', ': contains no event'],
    [Buffer.from([0x7b, 0xff]), ': not UTF-8'],
  ])('refuses %j and says where it is wrong', async (content, words) => {
    const name = file(content);
    await expect(send('--event', name)).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining(`${name}${words}`),
    });
  });

  it.each(['--event', '--raw'])('says that the file of %s cannot be read', async (flag) => {
    await expect(send(flag, '/nowhere/x')).rejects.toMatchObject({ code: 'NO_INPUT', exitStatus: 66 });
  });

  it.each([
    ['nothing to send', []],
    ['fields beside a captured request', ['--raw', 'x', '-u', 'jane']],
    ['options beside a captured request', ['--raw', 'x', 'option']],
    ['a NUL in a field', ['-t', 'a\0b']],
  ])('refuses %s', async (_, words) => {
    await expect(send(...words)).rejects.toMatchObject({ code: 'USAGE', exitStatus: 64 });
  });

  it.each([
    ['-t', 'x', '--event', 'y'],
    ['-t', 'x', '--raw', 'y'],
    ['--event', 'x', '--raw', 'y'],
    ['-t', 'x', '--repeat', '0'],
    ['-t', 'x', '--repeat', '1e3'],
    ['-t', 'x', '--rate', '0'],
    ['-t', 'x', '--rate', '-1'],
    ['-t'],
  ])('refuses the command line %s %s %s %s', async (...words) => {
    await expect(send(...words)).rejects.toMatchObject({ name: 'CommanderError' });
    expect(told).toMatch(/^error: /);
  });

  it('says that nobody is there', async () => {
    socket.close();
    const options = {
      socket: path,
      source: { kind: 'message', message: 'x', request: {} },
      repeat: 1,
      defaultUser: '',
    } as const;
    await expect(sendRequests(options, io)).rejects.toMatchObject({ code: 'SOCKET_ABSENT', exitStatus: 69 });
  });

  it('says how many were sent when the receiver goes away', async () => {
    const source = { kind: 'message', message: 'x', request: {} } as const;
    const sending = sendRequests({ socket: path, source, repeat: 1000, defaultUser: '' }, io);
    const refused = expect(sending).rejects.toMatchObject({
      code: 'SOCKET_ABSENT',
      message: expect.stringMatching(/\([0-9]+ of 1000 .*\)$/),
    });
    await new Promise((resolve) => setImmediate(resolve));
    socket.close();
    await refused;
  });

  it('stops when its signal aborts, in the pause between two and in the wait for room', async () => {
    const source = { kind: 'message', message: 'x', request: {} } as const;
    for (const rate of [0.001, undefined]) {
      const stop = new AbortController();
      const options = { socket: path, source, repeat: 1_000_000, defaultUser: '', ...(rate ? { rate } : {}) };
      const ended = expect(sendRequests(options, io, stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
      await socket.ready(never);
      stop.abort();
      await ended;
    }
  });
});
