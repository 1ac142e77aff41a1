/** `belfry explain --dovecot`: what becomes of a request of Dovecot, with each change that is made. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { type Said, said } from './said.ts';

const directory = mkdtempSync(join(tmpdir(), 'belfry-explain-'));
afterAll(() => rmSync(directory, { recursive: true }));
const configuration = join(directory, 'belfry.conf');
writeFileSync(configuration, `configdirectory: ${directory}\nevent_groups: message flags mailbox subscription\n`);

const explain = (file: string, ...flags: readonly string[]): Promise<Said> =>
  said(['explain', '--dovecot', '-C', configuration, ...flags, file]);

const captured = (name: string): string => fileURLToPath(new URL(`../fixtures/dovecot/${name}`, import.meta.url));

function bodyIn(name: string, body: unknown): string {
  const file = join(directory, name);
  writeFileSync(file, typeof body === 'string' ? body : JSON.stringify(body));
  return file;
}

describe('belfry explain --dovecot', () => {
  it('reads a whole request as it was captured', async () => {
    const { out, status } = await explain(captured('0001-ox-only.req'));
    expect(out).toMatch(/^1\. MessageNew, \d+ bytes\n {3}user +alice\n {3}mailbox +INBOX of alice\n/);
    expect(out).toMatch(/\n {3}changed +"messageNew" is spelt MessageNew\n {3}valid +yes\n/);
    expect(status).toBe(0);
  });

  it('says what is dropped, what is made of it instead, and what is left out', async () => {
    const { out } = await explain(captured('0127-eg-float.req'));
    expect(out).toMatch(/\n {3}dropped +FlagsSet: \\Seen is told by MessageRead\n/);
    expect(out).toMatch(/\n2\. MessageRead, .*2 was made of FlagsSet with \\Seen: the request has no MessageRead\n$/s);
    const created = { name: 'MailboxCreate', mailbox: 'A' };
    const twice = await explain(bodyIn('twice.json', { user: 'alice', events: [created, created] }));
    expect(twice.out).toMatch(/left out: MailboxCreate: told twice in one request\n$/);
  });

  it('writes JSON for programs', async () => {
    const { out } = await explain(captured('0115-wiki-example.req'), '--json');
    expect(JSON.parse(out)).toMatchObject({ event: 'vnd.dovecot.MessageNew', known: true, mailbox: 'INBOX' });
  });

  it('says what keeps a request from being understood', async () => {
    expect(await explain(bodyIn('broken.json', '{"user":'))).toMatchObject({
      err: expect.stringContaining('broken.json: '),
      status: 65,
    });
    expect((await explain(bodyIn('unknown.json', { user: 'a', event: 'MessageEaten', folder: 'A' }))).out).toMatch(
      /set aside +event: the event is "MessageEaten"; expected one of/,
    );
  });
});
