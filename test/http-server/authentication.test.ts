import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { authenticator } from '../../src/http-server/authentication.ts';
import { RawClient, start } from '../intake/http/peer.ts';
import { scratchDirectory } from '../os/scratch.ts';
import { until } from '../support/until.ts';

const directory = scratchDirectory();
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

describe('an authenticator', () => {
  const both = authenticator({
    basic: { user: 'dovecot', password: { text: 'päss:word' } },
    token: { text: 's3cret' },
  });

  it('believes everybody when nobody need be known', () => {
    const open = authenticator({});
    expect([open.accepts(undefined), open.accepts('anything'), open.challenges]).toEqual([true, true, []]);
  });

  it('accepts a name with its password, or a token', () => {
    expect(both.accepts(basic('dovecot', 'päss:word'))).toBe(true);
    expect(both.accepts(basic('dovecot', 'päss:word').replace('Basic ', 'bAsIc  '))).toBe(true);
    expect(both.accepts('Bearer s3cret')).toBe(true);
    expect(both.challenges.map((one) => one.split(' ')[0])).toEqual(['Basic', 'Bearer']);
  });

  it.each([
    undefined,
    '',
    'Basic',
    'Bearer ',
    'Bearer',
    'Bearer S3cret',
    'Bearer s3cre',
    'Bearer s3crets',
    's3cret',
    'Basic s3cret',
    'Bearer ZG92ZWNvdDpww6Rzczp3b3Jk',
    basic('dovecot', ''),
    basic('', 'päss:word'),
    basic('Dovecot', 'päss:word'),
    basic('dovecot', 'päss:word '),
    'Digest username="dovecot"',
  ])('accepts nothing else: %s', (authorization) => {
    expect(both.accepts(authorization)).toBe(false);
  });

  it('accepts no token where there is none, and no password', () => {
    expect(authenticator({ token: { text: 'x' } }).accepts(basic('', ''))).toBe(false);
    expect(authenticator({ basic: { user: 'u', password: { text: 'p' } } }).accepts('Bearer undefined')).toBe(false);
  });

  it('accepts whatever secret was set, and no other', () => {
    const secret = fc.string({ minLength: 1, unit: fc.constantFrom(...'abcXYZ019-._~+/=') });
    fc.assert(
      fc.property(secret, secret, (set, given) => {
        expect(authenticator({ token: { text: set } }).accepts(`Bearer ${given}`)).toBe(set === given);
      }),
      { numRuns: 100 },
    );
  });

  it('reads a secret from the first line of a file, and says what is wrong without the secret', () => {
    const file = join(directory, 'token');
    for (const content of ['s3cret', 's3cret\n', 's3cret\r\nsecond line\n']) {
      writeFileSync(file, content);
      expect(authenticator({ token: { file } }).accepts('Bearer s3cret')).toBe(true);
    }
    writeFileSync(file, '\ns3cret\n');
    expect(() => authenticator({ token: { file } })).toThrow(/first line/);
    writeFileSync(file, 's3cret \n');
    expect(() => authenticator({ token: { file } })).toThrow(/token.*white space/);
    expect(() => authenticator({ token: { file: '/nonexistent' } })).toThrow(/token.*\/nonexistent: ENOENT/);
  });
});

describe('a stranger', () => {
  const authentication = { basic: { user: 'u', password: { text: 'p' } } };

  it('is told 401 and how to do better, whatever he asks for, and is logged once', async () => {
    const { intake, got, lines } = await start({ authentication });
    for (const path of ['/any', '/', '/other']) {
      const { statusCode, headers } = await request(`${intake.address}${path}`, { method: 'POST', body: 'x' });
      expect([statusCode, headers['www-authenticate']]).toEqual([401, 'Basic realm="belfry", charset="UTF-8"']);
    }
    const headers = { authorization: basic('u', 'p') };
    expect((await request(`${intake.address}/any`, { method: 'POST', body: 'y', headers })).statusCode).toBe(202);
    expect(got).toEqual(['y']);
    expect(lines).toMatchObject([{ remote: '127.0.0.1', suppressed: 0 }]);
    expect(JSON.stringify(lines)).not.toMatch(/"p"/);
  });

  it('is refused before he sends his body', async () => {
    const { intake } = await start({ authentication });
    const client = new RawClient(intake.address);
    await client.write('POST /any HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n');
    await until(() => client.answers(401) === 1);
    expect(client.answers(100)).toBe(0);
  });
});
