/**
 * No program that the daemon starts may hold a descriptor beside 0, 1 and 2: not the spool, no socket, no connection of a
 * sender, no file of the log, and nothing that the daemon itself was started with. Each program here lists what it has.
 */
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { unmarkedDescriptor } from '../support/unmarked-descriptor.ts';
import { until } from '../support/until.ts';
import { chanceOf } from './chance.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { holdSocket, holdStream } from './held-socket.ts';
import { numberedSender } from './numbered-sender.ts';
import { clean, configure, makePlace, type Place } from './place.ts';

/** As exec and as sendmail: what it is, what its descriptors are, and where they lead. */
const script = (directory: string): string => `#!/bin/sh
mkdir -p ${directory}/$1
ls -l /proc/self/fd > "${directory}/$1-$$" 2>&1
mv "${directory}/$1-$$" "${directory}/$1/$$"
`;

/** What each program had, without the descriptor by which it looked. */
async function lists(directory: string): Promise<readonly (readonly string[])[]> {
  const files = await readdir(directory).catch(() => []);
  const all = await Promise.all(files.map((file) => readFile(join(directory, file), 'latin1')));
  return all.map((text) =>
    [...text.matchAll(/ (\d+ -> .*)$/gm)]
      .map(([, line = '']) => line)
      .filter((line) => !/^\d+ -> \/proc\/\d+\/fd$/.test(line)),
  );
}

async function expectOnlyThree(at: Place, kind: string, atLeast: number): Promise<void> {
  const directory = join(at.directory, 'lists', kind);
  await until(`${atLeast} programs of ${kind}`, async () => (await lists(directory)).length >= atLeast);
  for (const list of await lists(directory)) {
    expect(list.map((line) => line.split(' ')[0])).toEqual(['0', '1', '2']);
  }
}

test('a program gets 0, 1 and 2 and nothing else: at the start, with connections open, after a reload', async () => {
  const { tcp, later } = await freePorts(['tcp', 'later']);
  const at = await makePlace();
  const program = join(at.directory, 'program');
  await mkdir(join(at.directory, 'lists'));
  await writeFile(program, script(join(at.directory, 'lists')));
  await chmod(program, 0o755);
  // sendmail is called with -i as its first word, exec with the word after the program.
  const notifiers = (names: string): readonly string[] => [
    ...[`notifiers: ${names}`, 'default_notifiers: journal script mail', 'log_level: debug'],
    ...['journal_method: log', `journal_log_file: ${at.journal}`],
    ...['script_method: exec', `script_exec_program: ${program} script`, 'script_concurrency: 4'],
    ...['mail_method: mailto', `mail_mailto_sendmail: ${program}`, 'mail_mailto_to: admin@example.org'],
    ...[`http_listen: 127.0.0.1:${tcp} {configdirectory}/http`],
  ];
  await configure(at, notifiers('journal script mail'));
  const notify = holdSocket(at.socket, onTestFinished);
  const stream = await holdStream(join(at.directory, 'held-stream'), onTestFinished);
  // What the process that starts the daemon had open, as a careless service manager or a shell has.
  const careless = unmarkedDescriptor(onTestFinished, 30);
  const serve = (): Promise<Daemon> =>
    startDaemon(['serve', '-C', at.configurationFile], onTestFinished, {
      inherited: { notify, 'notify-stream': stream },
      alsoOpen: [careless],
    });

  const sender = numberedSender(at.socket, chanceOf(1));
  // These wait in the kernel's queue, so that programs are started while everything else is still being opened.
  await sender.send(5);
  const daemon = await serve();
  await expectOnlyThree(at, 'script', 5);
  await expectOnlyThree(at, '-i', 5);

  // Connections: HTTP with half a request, the stream with half a line, and the control socket.
  const [byTcp, byPath] = [connect(Number(tcp), '127.0.0.1'), connect(join(at.directory, 'held-stream'))];
  byTcp.write('POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{');
  byPath.write('NOTIFY %(METHOD ');
  const half = [byTcp, byPath, connect(join(at.directory, 'http')), connect(join(at.directory, 'control'))];
  onTestFinished(() => {
    for (const socket of half) socket.destroy();
  });
  await until('all to be connected', () => half.every((socket) => !socket.connecting));
  await sender.send(5);
  await expectOnlyThree(at, 'script', 10);
  await expectOnlyThree(at, '-i', 10);

  // A reload opens files and sockets while programs are being started.
  await configure(at, [
    ...notifiers('journal second script mail').map((line) =>
      line.startsWith('http_listen') ? `http_listen: 127.0.0.1:${tcp} 127.0.0.1:${later}` : line,
    ),
    ...['second_method: log', `second_log_file: ${join(at.directory, 'second.log')}`],
  ]);
  daemon.send('SIGHUP');
  await sender.send(10);
  await daemon.line('the end of the reload', ({ msg }) => msg === 'reloaded');
  await expectOnlyThree(at, 'script', 20);
  await expectOnlyThree(at, '-i', 20);
  expect(await daemon.stop()).toEqual(clean);
  // The port that the reload opened is free again, and was never anybody else's.
  const server = createServer().listen(Number(later), '127.0.0.1');
  await until('the port to be free', () => server.listening);
  server.close();
});
