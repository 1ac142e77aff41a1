/** `belfry explain --dovecot`: what becomes of a request of Dovecot, with each change that is made. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { type Said, said } from './said.ts';

const directory = mkdtempSync(join(tmpdir(), 'belfry-explain-'));
afterAll(() => rmSync(directory, { recursive: true }));
const configuration = join(directory, 'belfry.conf');
writeFileSync(
  configuration,
  `configdirectory: ${directory}\nevent_groups: message flags mailbox subscription\nnotify_external: /bin/true\n`,
);

const explain = (...words: readonly string[]): Promise<Said> =>
  said(['explain', '--dovecot', '-C', configuration, ...words]);

const captured = (name: string): string => fileURLToPath(new URL(`../fixtures/dovecot/${name}`, import.meta.url));

function bodyIn(name: string, body: unknown): string {
  const file = join(directory, name);
  writeFileSync(file, typeof body === 'string' ? body : JSON.stringify(body));
  return file;
}

describe('belfry explain', () => {
  const read = (file: string, ...flags: readonly string[]): Promise<Said> =>
    said(['explain', '-C', configuration, ...flags, file]);
  const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

  it('reads a captured request of the stream, also several of one connection', async () => {
    const { out } = await read(fixture('cyrus-dlist/016-MessageNew.bin'));
    expect(out).toMatch(/^1\. MessageNew, for method \S+, \d+ bytes\n.*\n {3}valid +yes\n/s);
    const names = ['016-MessageNew', '023-MAIL', '1115-FlagsSet'];
    const stream = Buffer.concat(names.map((name) => readFileSync(fixture(`cyrus-dlist/${name}.bin`))));
    writeFileSync(join(directory, 'stream'), stream);
    const several = (await read(join(directory, 'stream'), '--json')).out.trimEnd().split('\n');
    expect(several.map((line) => JSON.parse(line))).toMatchObject([
      { event: 'MessageNew' },
      { class: 'MAIL' },
      { event: 'FlagsSet' },
    ]);
    writeFileSync(join(directory, 'stream'), stream.subarray(0, stream.length - 10));
    expect((await read(join(directory, 'stream'))).out).toMatch(/unusable +frame, byte \d+: /);
  });

  it('reads an array of events, and a file that begins with a byte order mark', async () => {
    const array = '\ufeff[{"event":"Login","user":"a"},\n{"event":"Logout","user":"b"}]';
    const { out } = await read(bodyIn('array.json', array));
    expect(out).toMatch(/^1\. Login, .*\n2\. Logout, /s);
    expect((await read(fixture('cli/bom.ndjson'))).out).toMatch(/^1\. MessageNew, .* {3}valid +yes\n/s);
    expect(await read(bodyIn('array.json', '[{"event":"Login"}'))).toMatchObject({
      err: expect.stringMatching(/array\.json: .*byte 18 /),
      status: 65,
    });
  });
});

describe('belfry explain --dovecot', () => {
  it('reads a whole request as it was captured', async () => {
    const { out, status } = await explain(captured('0001-ox-only.req'));
    expect(out).toMatch(/^1\. MessageNew, \d+ bytes\n {3}user +alice\n {3}mailbox +INBOX of alice\n/);
    expect(out).toMatch(/\n {3}changed +"messageNew" is spelt MessageNew\n {3}valid +yes\n/);
    expect(status).toBe(0);
  });

  it('says what is dropped, what is made of it instead, and what is left out', async () => {
    const { out } = await explain(captured('0127-eg-float.req'));
    expect(out).toMatch(/\n {3}dropped +FlagsSet: \\Seen .*MessageRead\n/);
    expect(out).toMatch(/\n2\. MessageRead, .*2 .*FlagsSet.*\\Seen.*MessageRead\n$/s);
    const created = { name: 'MailboxCreate', mailbox: 'A' };
    const twice = await explain(bodyIn('twice.json', { user: 'alice', events: [created, created] }));
    expect(twice.out).toMatch(/left out: MailboxCreate: .*\n$/);
  });

  it('writes JSON for programs', async () => {
    const { out } = await explain(captured('0115-wiki-example.req'), '--json');
    expect(JSON.parse(out)).toMatchObject({ event: 'vnd.dovecot.MessageNew', known: true, mailbox: 'INBOX' });
  });

  it('says which report repeats that of another driver, given one file for each', async () => {
    const arrival = { user: 'u', event: 'MessageNew', folder: 'INBOX', 'imap-uidvalidity': 7, 'imap-uid': 1 };
    const { event: name, user, folder: mailbox } = arrival;
    const event = { name, mailbox, uid_validity: 7, uid: 1, flags: {} };
    const files = [bodyIn('ox.json', arrival), bodyIn('lua.json', { user, events: [event] })];
    const { out } = await explain(...files);
    expect(out).toMatch(/^1\. MessageNew, .*\n {3}valid +yes\n.*\n2\. MessageNew, .*\n {3}dropped +[^\n]* number 1\n/s);
    expect(
      (await explain(...files, '--json')).out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { notifiers: expect.arrayContaining([expect.anything()]) },
      { dropped: expect.stringContaining('number 1'), notifiers: [] },
    ]);
  });

  it('says what keeps a request from being understood', async () => {
    expect(await explain(bodyIn('broken.json', '{"user":'))).toMatchObject({
      err: expect.stringContaining('broken.json: '),
      status: 65,
    });
    expect((await explain(bodyIn('unknown.json', { user: 'a', event: 'MessageEaten', folder: 'A' }))).out).toMatch(
      /unusable +event: .*"MessageEaten"/,
    );
  });
});
