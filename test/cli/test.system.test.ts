/** `belfry test` against real receivers: what they get is marked, what is shown is all of it and no secret, and nothing is left. */

import { createSocket } from 'node:dgram';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSmtpServer } from '../notifier/mailto/smtp-peer.ts';
import { scratchDirectory } from '../os/scratch.ts';
import { type Said, said } from './said.ts';

const directory = scratchDirectory();
const file = join(directory, 'belfry.conf');
const at = (name: string): string => join(directory, name);

const requests: { readonly head: IncomingMessage; readonly body: string }[] = [];
let status = 204;
const receiver = createServer((request, response) => {
  void text(request).then((body) => {
    requests.push({ head: request, body });
    response.writeHead(status, { 'x-token': 'S3CRET' }).end(status === 204 ? undefined : 'no\u001b[31m thanks');
  });
});
const logServer = createSocket('udp4');
const datagrams: string[] = [];
logServer.on('message', (bytes) => void datagrams.push(bytes.toString()));
const mails: string[] = [];
const smtp = await startSmtpServer({
  authOptional: true,
  allowInsecureAuth: true,
  onAuth: (_, __, done) => done(null, { user: 'belfry' }),
  onData: (stream, _, done) => {
    void text(stream).then((mail) => {
      mails.push(mail);
      done();
    });
  },
});

beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  writeFileSync(at('program'), `#!/bin/sh\nenv > ${at('seen')}; cat >> ${at('seen')}; echo "sorry" >&2; exit 75\n`);
  chmodSync(at('program'), 0o755);
  writeFileSync(
    at('stream'),
    `#!/bin/sh\nread -r line; printf '%s %s\\n' "$BELFRY_TEST" "$line" > ${at('read')}; echo hm >&2; echo "RETRY full"\n`,
  );
  chmodSync(at('stream'), 0o755);
  writeFileSync(
    at('script.mjs'),
    `export const MessageNew = (event) => ({ status: 'delivered', detail: process.env.BELFRY_TEST + event.event });\n`,
  );
  await new Promise<void>((resolve) => logServer.bind(0, '127.0.0.1', resolve));
  const lines = [
    `configdirectory: ${directory}`,
    'notifiers: hook prog mail lines quiet odd long script log path keyless',
    'event_groups: message access',
    'hook_method: webhook',
    `hook_webhook_url: http://anna:S3CRET@127.0.0.1:${port}/S3CRET?k=S3CRET`,
    'prog_method: exec',
    `prog_exec_program: ${at('program')} --word`,
    'mail_method: mailto',
    'mail_mailto_to: admin@example.org',
    'mail_mailto_smtp_host: 127.0.0.1',
    `mail_mailto_smtp_port: ${smtp.port}`,
    'mail_mailto_smtp_tls: off',
    'mail_mailto_smtp_user: anna',
    'mail_mailto_smtp_password: S3CRET',
    'mail_mailto_limit: 5/1h',
    'lines_method: log',
    `lines_log_file: ${at('lines')}`,
    'lines_events: Logout',
    'lines_content: thin',
    'quiet_method: null',
    ...['path_method: webhook', `path_webhook_url: http://127.0.0.1:${port}/`, 'path_webhook_path: /a/{nosuch}/b'],
    ...['keyless_method: webhook', `keyless_webhook_url: http://127.0.0.1:${port}/`],
    `keyless_webhook_token_file: ${at('absent')}`,
    ...['long_method: exec', 'long_exec_mode: stream', `long_exec_program: ${at('stream')} --word`],
    ...['long_exec_environment: API_KEY=S3CRET'],
    ...['script_method: script', `script_script_file: ${at('script.mjs')}`],
    ...['log_method: syslog', `log_syslog_address: udp://127.0.0.1:${logServer.address().port}`],
    'odd_method: null',
    'odd_when: event.event == "Login"',
  ];
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
});
afterAll(async () => {
  receiver.closeAllConnections();
  logServer.close();
  await Promise.all([new Promise((resolve) => receiver.close(resolve)), smtp.close()]);
});

const test = (...words: readonly string[]): Promise<Said> => said(['test', '-C', file, ...words]);
const sent = ({ out }: Said): string => out.match(/^>.*\n/gm)?.join('') ?? '';

describe('belfry test', () => {
  it('shows the request to a webhook and its answer, without secrets', async () => {
    status = 204;
    const found = await test('hook');
    expect(found.status).toBe(0);
    const { head, body } = requests.at(-1) ?? {};
    expect(head?.headers).toMatchObject({ 'belfry-test': 'yes', 'webhook-id': expect.stringMatching(/^test-/) });
    expect(head?.headers.authorization).toBe(`Basic ${Buffer.from('anna:S3CRET').toString('base64')}`);
    expect(JSON.parse(body ?? '')).toMatchObject({ event: 'MessageNew', 'vnd.belfry.test': true });
    expect(sent(found)).toContain(`> webhook-id: ${head?.headers['webhook-id']}\n`);
    expect(sent(found)).toContain(`>\n> ${body}\n`);
    expect(found.out).toMatch(/^< 204$/m);
    expect(found.out).not.toMatch(/S3CRET|YW5uYTpTM0NSRVQ/);
  });

  it('says why nothing was sent, and does not say that the method shows nothing', async () => {
    const { out, status: exit } = await test('path');
    expect(exit).toBe(69);
    expect(out).toMatch(/^rejected, nothing was sent \(\d+ ms\): .*webhook_path/m);
    expect(out).not.toMatch(/does not report/);
  });

  it('names the option to look at', async () => {
    status = 401;
    expect((await test('hook')).out).toMatch(/answered 401 Unauthorized \(see hook_webhook_url\): no/);
  });

  it('names the line of a file that is not there, and of a wrong expression; those of others do not matter', async () => {
    const { err, status: exit } = await test('keyless');
    const line =
      readFileSync(file, 'utf8')
        .split('\n')
        .findIndex((one) => one.startsWith('keyless_webhook_token_file')) + 1;
    expect([err, exit]).toEqual([expect.stringContaining(`${file}:${line}: error: keyless_webhook_token_file: `), 78]);
    const wrong = at('wrong.conf');
    writeFileSync(wrong, `configdirectory: ${directory}\nnotifiers: a\na_method: log\na_when: event.usr == "x"\n`);
    for (const words of [
      ['test', '-C', wrong, 'a'],
      ['explain', '-C', wrong, at('wrong.conf')],
    ]) {
      expect(await said(words)).toMatchObject({
        status: 78,
        err: expect.stringContaining(`${wrong}:4: error: a_when: `),
      });
    }
  });

  it('says what is not delivered, in text that a terminal can show', async () => {
    status = 503;
    const later = await test('hook');
    expect(later.status).toBe(75);
    expect(later.out).toMatch(/^< 503$/m);
    expect(later.out).not.toContain('\u001b');
    status = 422;
    expect((await test('hook')).status).toBe(69);
  });

  it('shows the command, the input and the end of a program', async () => {
    const found = await test('prog');
    expect(found.status).toBe(75);
    const seen = readFileSync(at('seen'), 'utf8');
    expect(seen).toMatch(/^BELFRY_TEST=yes$/m);
    const input = seen.trimEnd().split('\n').at(-1) ?? '';
    expect(JSON.parse(input)).toMatchObject({ 'vnd.belfry.test': true });
    expect(sent(found)).toContain(`> ${input}\n`);
    expect(sent(found)).toContain(`> ${at('program')} --word -c EVENT `);
    expect(found.out).toMatch(/^< sorry$/m);
  });

  it('shows the line and the answer of a program that keeps running', async () => {
    const found = await test('long');
    expect(found.status).toBe(75);
    const [mark, line = ''] = readFileSync(at('read'), 'utf8').trimEnd().split(/ (.*)/);
    expect(mark).toBe('yes');
    expect(JSON.parse(line)).toMatchObject({ id: expect.stringMatching(/^test-/), attempt: 1 });
    expect(sent(found)).toContain(`> BELFRY_TEST=yes\n> ${at('stream')} --word\n`);
    expect(sent(found)).toContain(`> ${line}\n`);
    expect(found.out).toMatch(/^< RETRY full$/m);
    expect(found.out).toMatch(/^< hm$/m);
    expect(found.out).not.toContain('S3CRET');
  });

  it('shows the event that a script gets, and what it returns', async () => {
    const found = await test('script');
    expect(found.status).toBe(0);
    expect(sent(found)).toMatch(/^> MessageNew \{"[^\n]*"vnd\.belfry\.test":true/m);
    expect(found.out).toMatch(/^< \{"status":"delivered","detail":"yesMessageNew"\}$/m);
  });

  it('shows the message to a syslog server, which answers nothing', async () => {
    const found = await test('log');
    expect(found.status).toBe(0);
    await expect.poll(() => datagrams.length).toBe(1);
    expect(sent(found)).toBe(`> ${datagrams[0]}\n`);
    expect(found.out).not.toMatch(/^< /m);
    expect(found.out).toMatch(/^\* .*udp:\/\/127\.0\.0\.1/m);
  });

  it('shows a mail and the dialogue with the server, without the password, and leaves the limit of mails alone', async () => {
    const found = await test('mail');
    expect(found.status).toBe(0);
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatch(/^X-Belfry-Test: yes\r\n/);
    expect(mails[0]).toMatch(/^Message-ID: <test-/m);
    expect(found.out).toMatch(/^> RCPT TO:<admin@example\.org>$/m);
    expect(found.out).toMatch(/^> AUTH /m);
    expect(found.out).toMatch(/^< 235 /m);
    const plain = Buffer.from('\0anna\0S3CRET').toString('base64');
    expect(found.out).not.toContain(plain);
    expect(found.out).not.toMatch(/S3CRET/);
    expect(readdirSync(directory).filter((name) => /limit|spool/.test(name))).toEqual([]);
  });

  it('chooses an event that the notifier gets, as it gets it, or says that it would not', async () => {
    const { out } = await test('lines', '--json');
    const found = JSON.parse(out);
    expect(found).toMatchObject({ notifier: 'lines', event: 'Logout', outcome: { status: 'delivered' } });
    expect(found).not.toHaveProperty('filteredBy');
    const [line = ''] = readFileSync(at('lines'), 'utf8').trimEnd().split('\n').slice(-1);
    expect(found.exchange).toEqual([{ kind: 'sent', text: line }]);
    expect(Object.keys(JSON.parse(line).payload).sort()).toEqual(expect.arrayContaining(['event', 'vnd.belfry.test']));
    expect(JSON.parse(line).payload).not.toHaveProperty('service');
    expect(JSON.parse((await test('odd', '--json')).out)).toMatchObject({ event: 'Login' });
    const other = await test('lines', '--event', 'messagenew', '--json');
    expect(other.status).toBe(0);
    expect(JSON.parse(other.out)).toMatchObject({ event: 'MessageNew', filteredBy: { option: 'lines_events' } });
  });

  it('says so where a method reports nothing', async () => {
    const found = await test('quiet');
    expect(found.status).toBe(0);
    expect(found.out.split('\n')[0]).toContain('null');
    expect(found.out).not.toMatch(/^[<>*] /m);
  });

  it.each([
    [['hok'], 'hook?'],
    [['hook', '--event', 'MessageNow'], 'MessageNew?'],
  ])('refuses %j', async (words, remedy) => {
    const found = await test(...words);
    expect(found).toMatchObject({ status: 64, err: expect.stringContaining(remedy) });
  });

  it('needs no spool and makes none', () => {
    expect(existsSync(at('spool'))).toBe(false);
  });
});
