/**
 * Every fenced block of the documentation is run as it is printed: configurations are read, commands are run and what they
 * print is compared. A block that no rule runs makes this fail. What
 * needs a mail server is run in test/e2e.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documents } from '../../packaging/documents.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { readStrictJson } from '../../src/decode/strict-json.ts';
import type { Method } from '../../src/notifier/notifier.ts';
import { methods } from '../../src/notifier/table.ts';
import { docsOf } from '../../src/option/option.ts';
import { reader } from '../config/fixture.ts';
import { type Block, blocksIn, documentNames, root } from './blocks.ts';

const blocks = documentNames.flatMap((name) => blocksIn(name));
const ofLanguage = (language: string): readonly Block[] => blocks.filter((block) => block.language === language);
const named = (of: readonly Block[]): readonly (readonly [string, Block])[] => of.map((block) => [block.place, block]);

/** Commands that cannot be run here, each with where it is run instead. A command has to stand here word for word. */
const runElsewhere: Readonly<Record<string, string>> = {
  'npm ci && npm start': 'test/e2e/first-steps.test.ts, in a fresh clone',
  'npm ci && npm test': '.ci/run begins with them, in a fresh clone',
  'npm ci && npm run package': '.ci/package builds the package',
  'apt install ./dist/package/belfry_*.deb': '.ci/service installs it',
  'curl --unix-socket /var/lib/belfry/control http://belfry/api/status': 'test/documentation/api.system.test.ts',
  'curl --unix-socket /var/lib/belfry/control --json \'{"forMs": 3600000}\' http://belfry/api/notifiers/crm/pause':
    'test/documentation/api.system.test.ts',
  "curl -N --unix-socket /var/lib/belfry/control 'http://belfry/api/events/live?user=john'":
    'test/documentation/api.system.test.ts',
  'redis-cli XRANGE belfry:john - +': 'test/e2e/brokers/documentation.test.ts',
  "redis-cli ACL SETUSER belfry on '>SECRET' '~belfry:*' resetchannels -@all +multi +exec +xadd +select +wait '+client|setname'":
    'test/e2e/brokers/documentation.test.ts',
};

/** Where each setting of belfry.lua is run with a real Dovecot. */
const settingsRunElsewhere: Readonly<Record<string, string>> = {
  belfry_url: 'test/e2e/dovecot.ts',
  belfry_token: 'test/e2e/dovecot.test.ts',
  belfry_server: 'test/e2e/dovecot.ts',
  belfry_timeout_msecs: 'test/e2e/dovecot-silent.test.ts',
  belfry_pause_secs: 'test/e2e/dovecot-silent.test.ts',
  belfry_pause_file: 'test/e2e/dovecot-silent.test.ts',
  belfry_snippet: 'test/e2e/dovecot.test.ts',
};

const amqpOverTls = ['notifiers: amqp', 'amqp_method: amqp', 'amqp_url: amqps://broker.example.org'];
const mqttOverTls = ['notifiers: mqtt', 'mqtt_method: mqtt', 'mqtt_url: mqtts://broker.example.org'];
const natsOverTls = ['notifiers: nats', 'nats_method: nats', 'nats_servers: tls://nats.example.org'];
const redisOverTls = ['notifiers: redis', 'redis_method: redis', 'redis_url: rediss://redis.example.org'];
const oneWebhook = ['notifiers: webhook', 'webhook_method: webhook', 'webhook_url: https://crm.example.org/'];

/** What an example of an option, or of any option of a method, cannot stand without, beyond what the method requires. */
const neededBeside: Readonly<Record<string, readonly string[]>> = {
  admin_listen: ['admin_token_file: /etc/belfry/admin-token'],
  http_user: ['http_password_file: /etc/belfry/http-password'],
  http_password: ['http_user: dovecot'],
  http_password_file: ['http_user: dovecot'],
  http_tls_certificate: ['http_tls_key: /etc/ssl/private/imap.example.org.key'],
  http_tls_key: ['http_tls_certificate: /etc/ssl/certs/imap.example.org.pem'],
  notifiers: ['audit_method: log', 'crm_method: log'],
  NAME_method: ['notifiers: crm', 'crm_webhook_url: https://crm.example.org/'],
  NAME_events: ['notifiers: crm', 'crm_method: log', 'event_groups: message flags'],
  syslog: [
    ...['notifiers: syslog', 'syslog_method: syslog', 'syslog_address: tls://logs.example.org'],
    ...['syslog_client_certificate: /etc/belfry/client.pem', 'syslog_client_key: /etc/belfry/client.key'],
  ],
  nats_user: [...natsOverTls, 'nats_password: credential:nats'],
  nats_password: [...natsOverTls, 'nats_user: belfry'],
  nats_password_file: [...natsOverTls, 'nats_user: belfry'],
  nats_ca: natsOverTls,
  nats_client_certificate: [...natsOverTls, 'nats_client_key: /etc/belfry/client.key'],
  nats_client_key: [...natsOverTls, 'nats_client_certificate: /etc/belfry/client.pem'],
  redis_user: [...redisOverTls, 'redis_password: credential:redis'],
  amqp_ca: amqpOverTls,
  amqp_client_certificate: [...amqpOverTls, 'amqp_client_key: /etc/belfry/client.key'],
  amqp_client_key: [...amqpOverTls, 'amqp_client_certificate: /etc/belfry/client.pem'],
  mqtt_ca: mqttOverTls,
  mqtt_client_certificate: [...mqttOverTls, 'mqtt_client_key: /etc/belfry/client.key'],
  mqtt_client_key: [...mqttOverTls, 'mqtt_client_certificate: /etc/belfry/client.pem'],
  redis_ca: redisOverTls,
  redis_client_certificate: [...redisOverTls, 'redis_client_key: /etc/belfry/client.key'],
  redis_client_key: [...redisOverTls, 'redis_client_certificate: /etc/belfry/client.pem'],
  mailto_map: ['notifiers: mailto', 'mailto_method: mailto', 'mailto_to: {user}'],
  mailto_domain: ['notifiers: mailto', 'mailto_method: mailto', 'mailto_to: {user}'],
  webhook_user: [...oneWebhook, 'webhook_password: credential:password'],
  webhook_password: [...oneWebhook, 'webhook_user: belfry'],
  webhook_password_file: [...oneWebhook, 'webhook_user: belfry'],
  webhook_client_certificate: [...oneWebhook, 'webhook_client_key: /etc/belfry/webhook.key'],
  webhook_client_key: [...oneWebhook, 'webhook_client_certificate: /etc/belfry/webhook.pem'],
  mailto: ['notifiers: mailto', 'mailto_method: mailto', 'mailto_to: admin@example.org'],
};
/** For those that are not named there: a notifier of the method, if it is an option of one, with what the method requires. */
function oneNotifier(method: Method | undefined): readonly string[] {
  if (method === undefined) return ['notifiers: crm', 'crm_method: log'];
  const required = Object.entries(method.options).filter(([, option]) => docsOf(option).required);
  const { name } = method;
  const settings = required.map(([key, option]) => `${name}_${key}: ${docsOf(option).example}`);
  return [`notifiers: ${name}`, `${name}_method: ${name}`, ...settings];
}

/** The languages of fences, each with what runs its blocks. */
const rules: Readonly<Record<string, string>> = {
  'belfry.conf': 'read as /etc/belfry.conf',
  'imapd.conf': 'read as /etc/imapd.conf; by Cyrus in test/e2e/recipes.test.ts',
  'cyrus.conf': 'each line is a service of master; run by it in test/e2e/recipes.test.ts',
  'dovecot-2.3.conf': 'test/e2e/doveconf.test.ts, by doveconf of that version',
  'dovecot-2.4.conf': 'test/e2e/doveconf.test.ts, by doveconf of that version',
  sh: 'in the table above',
  console: 'test/documentation/sessions.system.test.ts',
  json: 'a schema of an event',
  js: 'test/documentation/receivers.system.test.ts',
  python: 'test/documentation/receivers.system.test.ts',
  bash: 'test/documentation/receivers.system.test.ts',
  php: 'test/documentation/webhook-signatures.system.test.ts',
  ts: 'test/documentation/contributing.system.test.ts',
  mermaid: 'a drawing: nothing runs it',
  text: 'an excerpt of belfry doctor, in test/documentation/troubleshooting.test.ts',
};

it('has a rule for every block', () => {
  expect(blocks.length).toBeGreaterThan(12);
  expect(
    blocks.filter(({ language }) => !(language in rules)).map(({ place, language }) => `${place} ${language}`),
  ).toEqual([]);
});

/** What is wrong with a main file, other files being there as well. */
function problemsOf(files: Readonly<Record<string, string>>): readonly string[] {
  const { problems } = loadConfiguration('/etc/belfry.conf', { methods, read: reader(files) });
  return problems.map(({ file, line, severity, message }) => `${file}:${line}: ${severity}: ${message}`);
}

/** What the imapd.conf of any Cyrus has beside what the recipe says. */
const otherCyrusOptions =
  'configdirectory: /var/lib/cyrus\npartition-default: /var/spool/cyrus/mail\nsievedir: /var/spool/sieve\n';
const imapd = (block: string): string => otherCyrusOptions + block;
/** What a belfry.conf needs beside a block that is a part of one. */
const base = 'configdirectory: /var/lib/belfry\n';

describe('belfry.conf', () => {
  const [recipe = ''] = ofLanguage('imapd.conf').map(({ text }) => text);

  it.each(named(ofLanguage('belfry.conf')))('%s has no mistake and no warning', (_, { text }) => {
    const whole = text.includes('configdirectory:') ? text : base + text;
    expect(problemsOf({ '/etc/belfry.conf': whole, '/etc/imapd.conf': imapd(recipe) })).toEqual([]);
  });

  it.each(named(ofLanguage('imapd.conf')))('%s can be included, and is no danger to Cyrus', (_, { text }) => {
    const main = `@include: /etc/imapd.conf\nbelfry_${base}notifiers: audit\naudit_method: log\n`;
    expect(problemsOf({ '/etc/belfry.conf': main, '/etc/imapd.conf': imapd(text) })).toEqual([]);
  });

  const files = ['config/belfry.conf', 'packaging/debian/belfry.conf'];

  it.each(files)('%s has no mistake, and neither when what is commented out in it is put in', (file) => {
    const text = readFileSync(join(root, file), 'utf8');
    expect(problemsOf({ '/etc/belfry.conf': text })).toEqual([]);
    const example = text.split('\n').flatMap((line) => /^# {3}(\S+: .*)$/.exec(line)?.[1] ?? []);
    expect(example.length).toBeGreaterThan(2);
    const names = new Set(example.map((line) => line.split(':', 1)[0]));
    const kept = text.split('\n').filter((line) => !names.has(line.split(':', 1)[0] ?? ''));
    expect(problemsOf({ '/etc/belfry.conf': [...kept, ...example, ''].join('\n') })).toEqual([]);
  });
});

describe('options in the text', () => {
  const inline = documentNames.flatMap((name) => {
    const text = readFileSync(join(root, name), 'utf8');
    return [...text.matchAll(/`([a-z][a-z_]*: [^`\n]+)`/g)].map(([, option = '']) => option);
  });

  // P stands for a port.
  const options = inline.filter((option) => !option.includes('…')).map((option) => option.replace(/:P\b/g, ':8090'));

  it.each([...new Set(options)])('%s is an option with a value that it takes', (option) => {
    const others = option.startsWith('http_listen') ? 'http_token: 3oN2YqBPVr8d3oN2YqBPVr8d3oN2YqBP\n' : '';
    const problems = problemsOf({ '/etc/belfry.conf': `${base}${others}${option}\n` });
    expect(problems.filter((problem) => problem.includes('error'))).toEqual([]);
    expect(problems.join()).not.toContain('no such option');
  });
});

describe('cyrus.conf', () => {
  it.each(named(ofLanguage('cyrus.conf')))('%s holds services as master reads them', (_, { text }) => {
    for (const line of text.trim().split('\n')) {
      // A name, then words with a value in quotes (Cyrus master/masterconf.c, split_attribs).
      expect(line).toMatch(/^\w+(?:\s+[a-z]+="?[^"]*"?)+$/);
      const words = Object.fromEntries(
        [...line.matchAll(/\s([a-z]+)=(?:"([^"]*)"|(\S+))/g)].map(([, key, quoted, bare]) => [key, quoted ?? bare]),
      );
      expect(words['cmd']).toBeTruthy();
      if (words['listen'] !== undefined) expect(words['listen']).toMatch(/^\/\S+$/);
      if (words['proto'] !== undefined) expect(['udp', 'tcp']).toContain(words['proto']);
    }
  });
});

describe('Dovecot', () => {
  const script = readFileSync(join(root, 'config/dovecot/belfry.lua'), 'utf8');
  const head = script.slice(0, script.search(/^[^-\n]/m));
  const read = new Set([...script.matchAll(/setting\(\w+, '(belfry_\w+)'\)/g)].map(([, name = '']) => name));

  for (const version of ['2.3', '2.4']) {
    it.each(named(ofLanguage(`dovecot-${version}.conf`).filter(({ text }) => text.includes('belfry.lua'))))(
      `${version}: %s stands in the head of belfry.lua too`,
      (_, { text }) => {
        const settings = [...text.matchAll(/^\s*(belfry_\w+)\s*=/gm)].map(([, name = '']) => name);
        expect(settings.length).toBeGreaterThan(0);
        for (const setting of settings) expect(read).toContain(setting);
        expect(head).toContain(text.replace(/^(?=.)/gm, '--     '));
      },
    );
  }

  it('the head of belfry.lua has no other configuration than those', () => {
    const printed = [...head.matchAll(/^-- {5}(\S.*)$/gm)].map(([, line = '']) => line);
    const given = ['2.3', '2.4']
      .flatMap((version) => ofLanguage(`dovecot-${version}.conf`))
      .flatMap(({ text }) => text.split('\n'));
    expect(printed.length).toBeGreaterThan(6);
    expect(printed.filter((line) => !given.includes(line))).toEqual([]);
  });

  it('each setting that belfry.lua reads is described in its head, and no other, and has a run', () => {
    const described = [...head.matchAll(/^-- {3}(belfry_\w+) {2,}\S/gm)].map(([, name = '']) => name);
    expect(new Set(described)).toEqual(read);
    expect(Object.keys(settingsRunElsewhere).sort()).toEqual([...read].sort());
    for (const [setting, file] of Object.entries(settingsRunElsewhere)) {
      expect(readFileSync(join(root, file), 'utf8').includes(setting), `${setting} in ${file}`).toBe(true);
    }
  });
});

describe('examples in the manual page of the configuration', () => {
  /** Each option of the page with its example, and the notifier that it is of. */
  const examples = async (): Promise<readonly (readonly [string, string])[]> => {
    const page = (await documents('2026-11-30'))['belfry.conf.5'] ?? '';
    const plain = page
      .replaceAll(/\\f[BRI]/g, '')
      .replaceAll('\\-', '-')
      .replaceAll('\\e', '\\');
    return plain.split('\n.TP\n').flatMap((entry) => {
      const [, name = '', example] =
        /^(\w+) \((?:.|\n)*Example: (.+?)\.(?: Never displayed or logged\.)?$/m.exec(entry) ?? [];
      return example === undefined ? [] : [[name, example] as const];
    });
  };

  it('is found for every one', async () => {
    const page = (await documents('2026-11-30'))['belfry.conf.5'] ?? '';
    expect(await examples()).toHaveLength(page.split('Example: ').length - 1);
  });

  it('is a value that its option takes, in a configuration that has what it needs', async () => {
    const wrong = (await examples()).flatMap(([name, example]) => {
      const method = methods.find((one) => name.startsWith(`${one.name}_`));
      const option = name.replace(/^NAME_/, 'crm_');
      const beside = neededBeside[name] ?? neededBeside[method?.name ?? ''] ?? oneNotifier(method);
      const lines = beside.filter((line) => !line.startsWith(`${option}:`));
      const text = `${base}${lines.join('\n')}\n${option}: ${example}\n`;
      return problemsOf({ '/etc/belfry.conf': text }).map((problem) => `${name}: ${example}: ${problem}`);
    });
    expect(wrong).toEqual([]);
  });
});

describe('commands', () => {
  it.each(named(ofLanguage('sh')))('%s are run elsewhere, which the table says', (_, { text }) => {
    const commands = text
      .trim()
      .split('\n')
      .map((line) => line.replace(/\s+#.*$/, ''));
    expect(commands.filter((command) => runElsewhere[command] === undefined)).toEqual([]);
  });
});

describe('schemas', () => {
  it.each(named(ofLanguage('json')))('%s is JSON', (_, { text }) => {
    expect(readStrictJson(text, { maxLength: 1e6, maxDepth: 64 })).toMatchObject({ ok: true });
  });
});
