import { connect } from 'node:net';
import fc from 'fast-check';
import { request } from 'undici';
import { expect, it } from 'vitest';
import { events } from '../../src/intake/http/events.ts';
import { start } from '../intake/http/peer.ts';
import { damaged, fuzzRuns, fuzzTimeoutMs } from './fuzz.ts';

const event = '{"event":"Login","user":"j"}';
const post = 'POST /v1/events?a=b HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n';
const inputs = [
  `${post}Content-Length: ${event.length}\r\n\r\n${event}`,
  `${post}Transfer-Encoding: chunked\r\n\r\n${event.length.toString(16)}\r\n${event}\r\n0\r\n\r\n`,
  `${post}Expect: 100-continue\r\nContent-Length: ${event.length}\r\n\r\n${event}`,
  `${post}ce-specversion: 1.0\r\nce-id: 1\r\nce-source: /a\r\nce-type: a.Login\r\nContent-Length: 2\r\n\r\n{}`,
  `GET / HTTP/1.1\r\nHost: h\r\n\r\nHEAD http://h:1/v1/events HTTP/1.1\r\nHost: h\r\n\r\n`,
].map((text) => Buffer.from(text));
const tokens = [
  '\r\n',
  '\n',
  '\r',
  ':',
  ' ',
  '\0',
  'Content-Length: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Expect: x\r\n',
  'Host: \r\n',
  'Connection: upgrade\r\nUpgrade: h2c\r\n',
  '/..//\\',
  '0\r\n\r\n',
  'ff\r\n',
];

/** What comes back for these bytes, until the server hangs up, has begun to answer, or waits for more. */
function exchange(port: number, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.setEncoding('latin1').on('data', (more: string) => {
      text += more;
    });
    // By time: a server that waits for more says nothing.
    const enough = setTimeout(() => socket.end(), 10);
    socket.once('data', () => socket.end());
    socket.once('close', () => {
      clearTimeout(enough);
      resolve(text);
    });
    socket.write(bytes);
  });
}

it(
  'the intake over HTTP stands damaged requests: it answers them or hangs up, and takes the next one',
  async () => {
    const { intake, lines } = await start({
      routes: [events],
      times: { headMs: 200, bodyMs: 200, requestMs: 500, lingerMs: 200, lookMs: 50 },
    });
    const port = Number(new URL(intake.address).port);
    await fc.assert(
      fc.asyncProperty(damaged(inputs, tokens), async (bytes) => {
        const text = await exchange(port, bytes);
        for (const [, status] of text.matchAll(/HTTP\/1\.1 (\d+) /g)) {
          expect(['100', '202', '400', '404', '405', '408', '413', '415', '417', '422', '431']).toContain(status);
        }
      }),
      fuzzRuns(100),
    );
    const headers = { 'content-type': 'application/json' };
    const answer = await request(`${intake.address}/v1/events`, { method: 'POST', headers, body: event });
    expect(answer.statusCode).toBe(202);
    expect(lines).toEqual([]);
  },
  fuzzTimeoutMs,
);
