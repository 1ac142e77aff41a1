import { describe, expect, it } from 'vitest';
import { renderCheck } from '../../src/cli/render-check.ts';
import type { HttpSetting } from '../../src/intake/http/http-kind.ts';
import { factsOfProblems, load } from './fixture.ts';

/** The sockets for HTTP of lines in which nothing is wrong. */
function listening(...lines: readonly string[]): readonly HttpSetting[] {
  const { configuration, problems } = load(lines);
  expect(factsOfProblems(problems)).toEqual([]);
  return configuration?.sockets.filter((one) => one.transport === 'http') ?? [];
}

const wrong = (...lines: readonly string[]): readonly string[] => factsOfProblems(load(lines).problems);
const known = ['http_user: u', 'http_password: p'];

describe('http_listen', () => {
  it('is off, and then the size of the spool has no say', () => {
    expect(listening()).toEqual([]);
    expect(listening('spool_max_size: 2M')).toEqual([]);
  });

  it('takes addresses and Unix sockets', () => {
    const common = { transport: 'http', maxBodyBytes: 4 * 1024 * 1024, maxConnections: 1024, authentication: {} };
    const words = '127.0.0.1:8090 [::1]:8090 "/run/with space/http" {configdirectory}/http';
    expect(listening(`http_listen: ${words}`, 'http_socket_mode: 0666', 'http_socket_group: mail')).toEqual([
      { ...common, name: '127.0.0.1:8090', host: '127.0.0.1', port: 8090 },
      { ...common, name: '[::1]:8090', host: '::1', port: 8090 },
      { ...common, name: '/run/with space/http', path: '/run/with space/http', mode: 0o666, group: 'mail' },
      { ...common, name: '/var/lib/belfry/http', path: '/var/lib/belfry/http', mode: 0o666, group: 'mail' },
    ]);
  });

  it('takes the same port for IPv4 and for IPv6', () => {
    const both = listening('http_listen: 127.0.0.1:8090 [::1]:8090');
    expect(both.map(({ name }) => name)).toEqual(['127.0.0.1:8090', '[::1]:8090']);
  });

  it('stands behind the sockets of Cyrus, and belfry_ makes it ours', () => {
    const { configuration } = load(['belfry_http_listen: 127.0.0.1:8090']);
    expect(configuration?.sockets.map(({ transport }) => transport)).toEqual(['datagram', 'http']);
  });

  it.each([
    ['8090', '"8090"'],
    ['localhost:8090', '"localhost:8090"'],
    ['::1:8090', '"::1:8090"'],
    ['[127.0.0.1]:8090', '"[127.0.0.1]:8090"'],
    ['127.0.0.1', '"127.0.0.1"'],
    ['127.0.0.1:0', '127.0.0.1:0 0 1 65535'],
    ['127.0.0.1:65536', '127.0.0.1:65536 65536 1 65535'],
    ['/run/', '"/run/"'],
    [`/run/${'x'.repeat(120)}`, '125 107'],
    ['127.0.0.1:80 127.0.0.1:80', '127.0.0.1:80'],
    ['[::1]:80 [0:0::1]:80', '[0:0::1]:80 [::1]:80'],
    ['/run/http /run/http', '/run/http'],
    ['http://127.0.0.1:8090', '"http://127.0.0.1:8090"'],
    ['127.0.0.1:8090/dovecot', '"127.0.0.1:8090/dovecot"'],
    ['unix:/run/belfry/http', '"unix:/run/belfry/http"'],
    ['{configdirectory}/control', '/var/lib/belfry/control control_socket'],
    ['{configdirectory}/socket/notify', '/var/lib/belfry/socket/notify'],
  ])('refuses %s', (value, message) => {
    const [problem, ...others] = wrong(`http_listen: ${value}`);
    expect(problem).toMatch(/^1: error: http_listen: /);
    expect(problem).toContain(message);
    expect(others).toEqual([]);
  });

  it('is no place of a stream socket', () => {
    expect(wrong('notifysocket: dlist:/run/belfry/s', 'http_listen: /run/belfry/s')).toEqual([
      '2: error: http_listen: /run/belfry/s',
    ]);
  });

  it.each(['127.0.0.1', '127.1.2.3', '[::1]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]'])(
    '%s is nobody else',
    (host) => {
      expect(wrong(`http_listen: ${host}:80`)).toEqual([]);
    },
  );

  it.each(['0.0.0.0', '192.168.1.1', '[::]', '[2001:db8::1]', '[fe80::1]', '[::ffff:10.0.0.1]', '[::2]', '[::1:1]'])(
    '%s can be reached by others, who must be known',
    (host) => {
      const unknown = wrong(`http_listen: ${host}:80`);
      expect(unknown).toHaveLength(1);
      expect(unknown[0]).toMatch(/^1: error: http_listen: .*http_user http_password_file /);
      const plain = wrong(`http_listen: ${host}:80`, ...known);
      expect(plain).toHaveLength(1);
      expect(plain[0]).toMatch(/^1: warning: http_listen: .*http_tls_certificate/);
      expect(wrong(`http_listen: ${host}:80`, ...known, 'http_tls_certificate: /c', 'http_tls_key: /k')).toEqual([]);
    },
  );
});

describe('who may send', () => {
  const here = 'http_listen: 127.0.0.1:80';

  it('is a name with its password, a token, or both, written or in a file', () => {
    const [written] = listening(here, ...known, 'http_token: t');
    expect(written?.authentication).toEqual({ basic: { user: 'u', password: { text: 'p' } }, token: { text: 't' } });
    const [files] = listening(here, 'http_user: u', 'http_password_file: /p', 'http_token_file: {configdirectory}/t');
    expect(files?.authentication).toEqual({
      basic: { user: 'u', password: { file: '/p' } },
      token: { file: '/var/lib/belfry/t' },
    });
  });

  it.each([
    [['http_user: u'], '2: error: http_user: http_user'],
    [['http_password: p'], '2: error: http_password: http_password http_user http_user'],
    [['http_password_file: /p'], '2: error: http_password_file: http_password http_user'],
    [['http_user: a:b', 'http_password: p'], '2: error: http_user:'],
    [['http_user: u', 'http_password: p', 'http_password_file: /p'], '4: error: http_password_file: http_password'],
    [['http_token: a b'], '2: error: http_token:'],
    [['http_token: t', 'http_token_file: /t'], '3: error: http_token_file: http_token'],
    [['http_tls_certificate: /c'], '2: error: http_tls_certificate: http_tls_key'],
    [['http_tls_key: /k'], '2: error: http_tls_key: http_tls_certificate'],
    [['spool_max_size: 2M', 'http_max_body: 2M'], '3: error: http_max_body: spool_max_size'],
  ])('%j is refused', (lines, message) => {
    const found = wrong(here, ...lines);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  it('stays a secret', () => {
    const shown = renderCheck(load([here, 'http_user: u', 'http_password: verysecret', 'http_token: verysecret']));
    expect(shown).not.toContain('verysecret');
    expect(shown).toMatch(/^ {2}http_listen +127\.0\.0\.1:80 /m);
    expect(shown).toMatch(/^ {2}http_password +\(secret\)/m);
    const broken = load([here, 'http_password: verysecret', 'http_token: verysecret']);
    expect(renderCheck(broken)).not.toContain('verysecret');
    expect(JSON.stringify(broken.problems)).not.toContain('verysecret');
  });

  it('is encrypted on addresses, while Unix sockets stay as they are', () => {
    const tls = { certificate: '/c', key: '/k' };
    const both = listening('http_listen: 127.0.0.1:80 /run/http', 'http_tls_certificate: /c', 'http_tls_key: /k');
    expect(both.map((one) => (one.path === undefined ? one.tls : undefined))).toEqual([tls, undefined]);
  });
});
