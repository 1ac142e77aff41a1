import { describe, expect, it } from 'vitest';
import { type AccessRules, createGuard } from '../../../src/admin/http/access.ts';

const token = 'correct-horse-battery-staple';
let now = 1_000_000;
const rules: AccessRules = { now: () => now, tcp: { hosts: ['mail1.example.org'], port: 8091, token } };
const guard = createGuard(rules);

const asking = (headers: Readonly<Record<string, string>>, method = 'GET') => ({
  method,
  header: (name: string): string | undefined => headers[name],
});
const host = '127.0.0.1:8091';

describe('over TCP', () => {
  it.each(['127.0.0.1', 'localhost:8091', '[::1]:8091', '10.1.2.3:80', 'MAIL1.example.org', 'mail1.example.org:8091'])(
    'answers under %s',
    (name) => expect(guard.refusal(asking({ host: name }))).toBeUndefined(),
  );

  it.each([
    '',
    'evil.example',
    'evil.example:8091',
    '127.0.0.1.evil.example',
    'mail1.example.org.evil',
    'localhost.evil',
    '[::1',
    '127.0.0.1:x',
  ])('does not answer under another name: %j', (name) =>
    expect(guard.refusal(asking({ host: name }))).toMatchObject({ status: 403, field: 'host' }),
  );

  it.each([
    'http://evil.example',
    'null',
    'http://127.0.0.1:8092',
    'http://localhost:8091',
    'file://',
    'http://127.0.0.1',
  ])('answers no page of %s', (origin) => {
    for (const method of ['GET', 'POST']) {
      expect(guard.refusal(asking({ host, origin }, method))).toMatchObject({ status: 403, field: 'origin' });
    }
  });

  it('answers its own page, and programs', () => {
    const own = { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' };
    expect(guard.refusal(asking(own, 'POST'))).toBeUndefined();
    expect(guard.refusal(asking({ host }, 'POST'))).toBeUndefined();
  });

  it('answers no event stream, image or script of another site; a link leads to the page', () => {
    for (const site of ['cross-site', 'same-site']) {
      for (const mode of ['no-cors', 'cors', 'navigate']) {
        const headers = { host, 'sec-fetch-site': site, 'sec-fetch-mode': mode };
        const isLink = mode === 'navigate';
        expect(guard.refusal(asking(headers)) === undefined).toBe(isLink);
        // A form.
        expect(guard.refusal(asking(headers, 'POST'))).toMatchObject({ status: 403 });
      }
    }
  });

  it('shows content and changes anything only for the token', () => {
    const has = (headers: Readonly<Record<string, string>>): boolean => {
      const session = guard.sessionOf(asking({ host, ...headers }));
      expect(guard.refusalOf('open', session)).toBeUndefined();
      expect(guard.refusalOf('change', session) === undefined).toBe(guard.refusalOf('read', session) === undefined);
      return guard.refusalOf('read', session) === undefined;
    };
    expect(has({})).toBe(false);
    expect(has({ authorization: `Bearer ${token}` })).toBe(true);
    expect(has({ authorization: `bearer  ${token} ` })).toBe(true);
    for (const wrong of [
      'Bearer x',
      `Basic ${token}`,
      token,
      `Bearer ${token}x`,
      'Bearer ',
      `Bearer ${token} ${token}`,
    ]) {
      expect(has({ authorization: wrong })).toBe(false);
    }
    // A wrong header is not made good by a cookie: whoever sends both means the header.
    const cookie = guard.sessionOf(asking({ host })).begin(token)?.split(';')[0] ?? '';
    expect(has({ cookie })).toBe(true);
    expect(has({ cookie, authorization: 'Bearer x' })).toBe(false);
  });

  it('turns the token into a cookie that no page can read, forge or keep for ever', () => {
    const session = guard.sessionOf(asking({ host }));
    expect(session.begin('wrong')).toBeUndefined();
    expect(session.begin('')).toBeUndefined();
    const set = session.begin(token) ?? '';
    expect(set).toMatch(/^belfry_8091=\d+\.[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
    expect(set).not.toContain(token);
    const cookie = set.split(';')[0] ?? '';
    const isGood = (value: string, by = guard): boolean =>
      by.sessionOf(asking({ host, cookie: value })).isAuthenticated;
    expect(isGood(`other=1; ${cookie}; more=2`)).toBe(true);
    const [, until = '', signature = ''] = /=(\d+)\.(.*)$/.exec(cookie) ?? [];
    for (const forged of [
      ...[
        `belfry_8091=${Number(until) + 1}.${signature}`,
        `belfry_8091=${until}.${'0'.repeat(64)}`,
        `belfry_8091=${until}.`,
      ],
      ...[`belfry_8092=${until}.${signature}`, 'belfry_8091=', 'belfry_8091', `belfry_8091=0${until}.${signature}`],
    ]) {
      expect(isGood(forged)).toBe(false);
    }
    // Another token ends all sessions, a restart with the same one none.
    expect(
      isGood(cookie, createGuard({ ...rules, tcp: { hosts: [], port: 8091, token: 'another-token-of-length' } })),
    ).toBe(false);
    expect(isGood(cookie, createGuard(rules))).toBe(true);
    now += 12 * 3_600_000 + 1;
    expect(isGood(cookie)).toBe(false);
    expect(session.end()).toMatch(/^belfry_8091=; .*Max-Age=0$/);
  });

  it('without a token answers only what is open to everybody', () => {
    const closed = createGuard({ now: () => now, tcp: { hosts: [], port: 1 } });
    const session = closed.sessionOf(asking({ host, authorization: 'Bearer ' }));
    expect(closed.refusalOf('open', session)).toBeUndefined();
    expect(closed.refusalOf('read', session)).toMatchObject({ status: 401 });
    expect(session.begin('')).toBeUndefined();
  });
});

it('over a Unix socket everybody who can connect may do everything', () => {
  const open = createGuard({ now: () => now });
  const session = open.sessionOf(asking({}));
  expect(open.refusal(asking({ host: 'anything' }))).toBeUndefined();
  expect(open.refusalOf('change', session)).toBeUndefined();
  expect(session).toMatchObject({ needsToken: false, isAuthenticated: true });
});
