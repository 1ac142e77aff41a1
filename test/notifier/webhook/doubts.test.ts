/** What `belfry check` warns of in a webhook, because it probably is not meant. */
import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../../src/config/load.ts';
import { methods } from '../../../src/notifier/table.ts';
import { reader } from '../../config/fixture.ts';

const directory = 'configdirectory: /var/lib/belfry';

function problems(...options: readonly string[]): readonly string[] {
  const url = options.some((option) => option.startsWith('url:')) ? [] : ['url: https://h/path'];
  const own = [...url, ...options].map((option) => `crm_webhook_${option}`);
  const text = [directory, 'notifiers: crm', 'crm_method: webhook', ...own, ''].join('\n');
  const loaded = loadConfiguration('/etc/belfry.conf', { methods, read: reader({ '/etc/belfry.conf': text }) });
  return loaded.problems.map(({ severity, option = '' }) => `${severity} ${option.replace('crm_webhook_', '')}`);
}

describe('a webhook', () => {
  it.each<[string, readonly string[], string]>([
    ['a token with a scheme', ['token: Bearer abc'], 'token'],
    ['an authorization without one', ['authorization: abc'], 'authorization'],
    ['ntfy without a topic', ['preset: ntfy', 'url: https://ntfy.example.org'], 'url'],
    ['slack without a path', ['preset: slack', 'url: https://hooks.slack.com/'], 'url'],
    ['telegram without a token', ['preset: telegram', 'url: https://api.telegram.org?chat_id=1'], 'url'],
    ['a preset with another format', ['preset: slack', 'format: envelope'], 'format'],
    ['a GET with a body', ['http_method: GET', 'body: {"a": 1}'], 'http_method'],
    ['a GET with a preset', ['http_method: GET', 'preset: slack'], 'http_method'],
    ['another host', ['headers: Host: example.org'], 'headers'],
  ])('%s', (_, options, option) => {
    expect(problems(...options)).toEqual([`warning ${option}`]);
  });

  it.each<[string, readonly string[]]>([
    ['a token', ['token: abc']],
    ['a credential', ['authorization: credential:abc']],
    ['an authorization', ['authorization: Bearer abc']],
    ['a signature as an authorization', ['authorization: AWS4-HMAC-SHA256 abc']],
    ['gotify without a path', ['preset: gotify', 'url: https://gotify.example.org']],
    ['a preset with its format', ['preset: slack', 'format: template']],
    ['a GET without a body', ['http_method: GET', 'path: ?user={user}']],
  ])('nothing of %s', (_, options) => {
    expect(problems(...options)).toEqual([]);
  });
});

describe('a mistake in quoted headers', () => {
  const messageOf = (headers: string): string => {
    const text = [
      directory,
      'notifiers: crm',
      'crm_method: webhook',
      'crm_webhook_url: https://h/',
      `crm_webhook_headers: ${headers}`,
    ];
    const read = reader({ '/etc/belfry.conf': `${text.join('\n')}\n` });
    const [problem] = loadConfiguration('/etc/belfry.conf', { methods, read }).problems;
    return `${problem?.severity} ${problem?.message} ${problem?.remedy ?? ''}`;
  };

  it.each([
    ['"Authorization: Bearer x"', /^error .*webhook_authorization/],
    ['"X-A: {user"', /^error .*(?:brace|\})/],
    ['"X-A: a" "X-A: b"', /^error .*x-a.*twice/],
    ['"X A: b"', /^error .*Name: value/],
  ])('%s is said as what it is', (headers, message) => {
    expect(messageOf(headers)).toMatch(message);
    expect(messageOf(headers)).not.toContain('remove the quotes');
  });
});
