/** The largest requests that the options allow, through each intake that takes them and to each kind of notifier. */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, createConnection } from 'node:net';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { isLong } from '../support/long.ts';
import { untilDrained } from './notifier-rows.ts';
import { clean, makePlace, serve } from './place.ts';

/** The options allow 64; with less the way is the same. */
const mebibytes = isLong ? 64 : 16;
const largest = mebibytes * 1024 * 1024;
const server = { uri: 'imap://imap.example.org/', serverDomain: 'imap.example.org', serverPort: 993 };

/** An event of exactly so many bytes. */
function eventOf(bytes: number, number: number): string {
  const around = JSON.stringify({
    event: 'Login',
    ...server,
    user: 'a',
    'vnd.example.number': number,
    'vnd.example.text': '',
  });
  return around.replace('"vnd.example.text":""', `"vnd.example.text":"${'x'.repeat(bytes - around.length)}"`);
}

const frame = (length: string, message = ''): string =>
  `NOTIFY %(METHOD NIL CLASS EVENT PRIORITY NIL USER NIL MAILBOX NIL OPTIONS () MESSAGE {${length}+}\r\n${message} FILEPATH NIL)\r\n`;

/** A request of exactly so many bytes, line end included, as Cyrus sends it over its stream. */
function dlistOf(bytes: number, number: number): Buffer {
  const message = messageOf(bytes, number);
  return Buffer.from(frame(String(message.length), message));
}

/** The event in such a request. */
function messageOf(bytes: number, number: number): string {
  // The number of its bytes has 8 digits.
  return eventOf(bytes - frame('12345678').length, number);
}

async function overTheStream(path: string, request: Buffer): Promise<string> {
  const socket = createConnection(path);
  socket.end(request);
  return (await text(socket)).trim();
}

const digest = (body: string | Buffer): string => createHash('sha256').update(body).digest('hex');

test(`requests of ${mebibytes} MiB are taken by the stream and over HTTP and reach a file, a program and a receiver; one byte more is refused`, async () => {
  const { port } = await freePorts(['port']);
  const posted: string[] = [];
  const receiver = createServer((request, response) => {
    void buffer(request).then(
      (body) => {
        posted.push(digest(body));
        response.end();
      },
      // The attempt was given up: there will be another.
      () => response.destroy(),
    );
  });
  onTestFinished(() => void receiver.close());
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port: hook } = receiver.address() as AddressInfo;
  const at = await makePlace(
    [
      'event_groups: access',
      `http_listen: 127.0.0.1:${port}`,
      ...['spool_max_size: 1G', `dlist_max_size: ${mebibytes}M`, `http_max_body: ${mebibytes}M`],
      ...['program_method: exec', 'program_exec_program: {configdirectory}/program'],
      // On a machine that does other things as well such a body takes its time.
      ...['hook_method: webhook', `hook_webhook_url: http://127.0.0.1:${hook}/`, 'attempt_timeout: 10m'],
    ],
    'journal program hook',
  );
  const stream = join(at.directory, 'stream');
  const configuration = await readFile(at.configurationFile, 'utf8');
  await writeFile(at.configurationFile, configuration.replace(/^notifysocket: .*$/m, `$& dlist:${stream}`));
  await writeFile(join(at.directory, 'program'), '#!/bin/sh\nexec cat >"$(dirname "$0")/got.$$"\n', { mode: 0o755 });
  const daemon = await serve(at);

  expect(await overTheStream(stream, dlistOf(largest, 1))).toMatch(/^OK /);
  expect(await overTheStream(stream, dlistOf(largest + 1, 2))).toMatch(new RegExp(`^(?:NO|BAD) .*${largest}`));
  const post = (bytes: number, number: number): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: eventOf(bytes, number),
    });
  expect((await post(largest, 3)).status).toBe(202);
  expect((await post(largest + 1, 4)).status).toBe(413);

  await untilDrained(join(at.directory, 'control'), 900_000);
  const sent = [messageOf(largest, 1), eventOf(largest, 3)];
  expect(posted.toSorted()).toEqual(sent.map(digest).toSorted());
  const files = (await readdir(at.directory)).filter((name) => name.startsWith('got.'));
  const got = await Promise.all(files.map(async (name) => digest(await readFile(join(at.directory, name)))));
  expect(got.toSorted()).toEqual(sent.map((event) => digest(`${event}\n`)).toSorted());
  const lines = (await readFile(at.journal, 'utf8')).trimEnd().split('\n');
  const numbers = lines.map((line) => Number(JSON.parse(line).payload['vnd.example.number']));
  expect(numbers.toSorted()).toEqual([1, 3]);
  expect(await daemon.stop()).toEqual(clean);
});
