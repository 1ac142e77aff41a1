/**
 * Every option of every method, with values that are right, wrong, and words that mean something elsewhere: whatever is
 * written, loading it never throws, and what `belfry check` accepts is what the daemon starts with.
 */
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { limitsOf } from '../packaging/option-limits.ts';
import { configurationOf } from '../src/cli/configuration-file.ts';
import { renderCheck, renderJson } from '../src/cli/render-check.ts';
import { adminOptions } from '../src/config/admin-options.ts';
import { daemonOptions, socketOptions } from '../src/config/global-options.ts';
import type { Loaded } from '../src/config/load.ts';
import { renderProblems } from '../src/config/problem.ts';
import { commonTable, ownOptions } from '../src/config/table.ts';
import { openGeneration } from '../src/daemon/generation.ts';
import { loadCheckedConfiguration } from '../src/daemon/load-configuration.ts';
import { planSockets } from '../src/daemon/socket-plan.ts';
import { dlistOptions } from '../src/intake/dlist/dlist-kind.ts';
import { httpOptions } from '../src/intake/http/http-options.ts';
import { methods } from '../src/notifier/table.ts';
import { docsOf, type Option, type OptionKind } from '../src/option/option.ts';
import { fuzzRuns } from './fuzz/fuzz.ts';
import { scratchDirectory } from './os/scratch.ts';
import { isLong, tries } from './support/long.ts';

// The schemas of the project take long to compile and are the same every time.
vi.mock('../src/schema/load-schemas.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../src/schema/load-schemas.ts')>();
  const own = original.loadSchemas();
  return {
    loadSchemas: (options: Parameters<typeof original.loadSchemas>[0] = {}) =>
      options.override === undefined ? own : original.loadSchemas(options),
  };
});

const directory = scratchDirectory();
const state = join(directory, 'state');
const file = join(directory, 'belfry.conf');
const log = pino({ enabled: false });

const workingDirectory = process.cwd();

/** Good for whatever may be secret: a password, a token, a key to sign with. */
const anySecret = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;

/** The seed of an NKey, made for this test. */
const seed = 'SUAP4N32BHZ2KOQGHUD7NGRJSOSHNB5KUO2JA3FX7QLLUZOSESN46MY3EU';

beforeAll(() => {
  mkdirSync(state);
  // Relative paths are among the values.
  process.chdir(directory);
  writeFileSync(join(directory, 'script.mjs'), '');
  writeFileSync(join(directory, 'relative'), `${anySecret}\n`, { mode: 0o600 });
  writeFileSync(join(directory, 'program'), '#!/bin/sh\n', { mode: 0o755 });
  for (const name of ['certificate', 'key']) {
    copyFileSync(new URL(`fixtures/http/${name}.pem`, import.meta.url), join(directory, name));
    chmodSync(join(directory, name), 0o600);
  }
  writeFileSync(join(directory, 'seed'), `${seed}\n`, { mode: 0o600 });
  const [jwt, key] = ['NATS USER JWT', 'USER NKEY SEED'];
  const block = (name: string | undefined, line: string): string =>
    `-----BEGIN ${name}-----\n${line}\n------END ${name}------\n`;
  writeFileSync(join(directory, 'nats.creds'), block(jwt, 'e30.e30.x') + block(key, seed), { mode: 0o600 });
  const credentials = join(directory, 'credentials');
  mkdirSync(credentials);
  for (const [, option] of [...common, ...methods.flatMap(({ name }) => ownOf(name))]) {
    for (const value of docsOf(option).kind === 'secret' ? valuesFor(option, []) : []) {
      const content = value.endsWith('nkey') ? seed : anySecret;
      if (value.startsWith('credential:')) writeFileSync(join(credentials, value.slice(11)), content);
    }
  }
  vi.stubEnv('CREDENTIALS_DIRECTORY', credentials);
  vi.stubEnv('BELFRY_ANY_SECRET', anySecret);
});

afterAll(() => {
  process.chdir(workingDirectory);
  vi.unstubAllEnvs();
});

/** What a notifier of a method cannot do without, where that is not the path of a file alone; see {@link neededBy}. */
const needed: Readonly<Record<string, readonly string[]>> = {
  webhook: ['x_webhook_url: http://127.0.0.1:9/'],
  exec: [`x_exec_program: ${join(directory, 'program')}`],
  script: [`x_script_file: ${join(directory, 'script.mjs')}`],
  mailto: ['x_mailto_to: a@example.org', 'x_mailto_smtp_host: 127.0.0.1'],
  nats: ['x_nats_servers: nats://127.0.0.1:9'],
  redis: ['x_redis_url: redis://127.0.0.1:9'],
  amqp: ['x_amqp_url: amqp://127.0.0.1:9'],
  mqtt: ['x_mqtt_url: mqtt://127.0.0.1:9'],
};

/** A method that needs the path of a file gets one in the directory of the test. */
function neededBy(method: string): readonly string[] {
  const options = Object.entries(methods.find(({ name }) => name === method)?.options ?? {});
  const paths = options.filter(([, option]) => docsOf(option).required && docsOf(option).kind === 'path');
  return needed[method] ?? paths.map(([key]) => `x_${method}_${key}: ${join(directory, key)}`);
}

function written(method: string, settings: readonly (readonly [string, string])[]): string {
  const base = [
    `configdirectory: ${state}`,
    `notifysocket: ${join(state, 'notify')}`,
    'notifiers: x',
    `x_method: ${method}`,
    ...neededBy(method),
  ];
  const names = new Set(settings.map(([name]) => name));
  const kept = base.filter((line) => !names.has(line.split(':')[0] ?? ''));
  return [...kept, ...settings.map(([name, value]) => `${name}: ${value}`)].map((line) => `${line}\n`).join('');
}

/**
 * Loads it as `check` and `serve` do, and starts as much as can be started without taking its sockets; `opens`: with the
 * notifiers.
 */
async function tryOut(text: string, opens = true): Promise<boolean> {
  writeFileSync(file, text, { mode: 0o600 });
  const loaded = await loadCheckedConfiguration(file);
  const { configuration, problems } = loaded;
  const errors = problems.filter(({ severity }) => severity === 'error');
  expect(configuration === undefined, text).toBe(errors.length > 0);
  for (const problem of problems) expectUseful(problem, text);
  expect(renderCheck(loaded)).toMatch(errors.length > 0 ? /does not start/ : /can start/);
  expect(JSON.parse(renderJson(loaded)).ok).toBe(errors.length === 0);
  expect(serveTakes(loaded)).toBe(errors.length === 0);
  if (configuration === undefined) return false;
  try {
    planSockets(configuration, []);
    if (!opens) return true;
    const output = { write: async () => {} };
    await (await openGeneration(configuration, { log, output, losses: { see() {} } })).close();
  } catch (thrown) {
    throw new Error(`check accepts what serve refuses:\n${text}`, { cause: thrown });
  }
  return true;
}

function serveTakes(loaded: Loaded): boolean {
  try {
    configurationOf(loaded, () => {});
    return true;
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'CONFIGURATION' });
    return false;
  }
}

function expectUseful(problem: Loaded['problems'][number], text: string): void {
  expect(problem.file, text).toBe(file);
  expect(problem.line).toBeLessThanOrEqual(text.split('\n').length);
  const excerpt = problem.excerpt === undefined ? '' : ' {4}.{1,1500}\\n +\\^\\n';
  expect(renderProblems([problem])).toMatch(new RegExp(`^.{1,3000}\\n${excerpt}$`, 'u'));
  expect(problem.message).not.toMatch(/undefined|\[object|\n/);
}

/** Some that are right for each kind, beside the default and the example. */
const right: Readonly<Record<OptionKind, readonly string[]>> = {
  text: ['word', 'a@example.org'],
  secret: ['word', 'credential:a.b-c', 'env:BELFRY_ANY_SECRET'],
  path: [
    '{configdirectory}/x',
    'relative',
    ...['script.mjs', 'certificate', 'key', 'seed', 'nats.creds'].map((name) => `{configdirectory}/../${name}`),
  ],
  mode: ['0600'],
  switch: ['yes', 'off'],
  integer: ['1', '0x10'],
  duration: ['1w', '90s', '1500ms'],
  durations: ['5s 1min'],
  rate: ['100/sec'],
  size: ['1.5M', '2 MiB'],
  words: ['a b', 'flags', '\\Seen $Work'],
  patterns: ['INBOX "a b"', '{configdirectory}/y', '127.0.0.1:1'],
  choice: [],
  expression: ['event.user == "x"', 'has(event.messageSize) && user != mailbox'],
  url: ['https://h/', 'http://u:p@h:1/p?q'],
  command: ['/bin/true a'],
  map: ['\\Junk=a b'],
};

/** Tried with every option by itself; where the run is not long, a third of them with each, and not the same third with all. */
const keywords = [
  ...['default', 'none', 'all', 'log', 'x', 'external', '"a"', 'a, b', '1 # one', '\\', '%u', '*', '{user}', '@x'],
  ...['-1', '99999999999999999999', 'é', '/', '/proc/x', '/nonexistent/x', 'http://a%zz:b@h/', 'y'.repeat(300)],
];
/** Tried in combinations. */
const moreKeywords = [
  ...['ALL', 'off', 'mailto', 'EVENT', 'timestamp', 'toString', ', ', '#', '"', '%', '{', '<>', '@', 'dlist:/x', '0'],
  ...[
    '1e9',
    '\u0000',
    '\ufeffa',
    '/dev/stdout',
    '/dev/null',
    ['$', '{X}'].join(''),
    'http://h:99999/',
    '0.0.0.0:8090',
    '[::]:1',
  ],
];

/** What has no part in opening notifiers. */
const beforeNotifiers = { ...daemonOptions, ...socketOptions, ...dlistOptions, ...httpOptions, ...adminOptions };

function valuesFor(option: Option, words: readonly string[]): readonly string[] {
  const { default: byDefault, example, kind } = docsOf(option);
  const { words: allowed = [] } = limitsOf(option);
  const own = [byDefault, example].flatMap((value) => (value === undefined ? [] : [value]));
  // Of a seed only the credential of its example is one.
  if (example === 'credential:nats-nkey') return [example, seed, ...words];
  return [...new Set([...own, ...allowed.slice(0, 3), ...right[kind], ...words])];
}

const common = [...commonTable(methods)];
type Named = readonly [string, Option];
const ownOf = (method: string): readonly Named[] => {
  const found = methods.find(({ name }) => name === method);
  return [...ownOptions({ name: 'x', method: found })].map(([key, option]): Named => [`x_${key}`, option]);
};
/** Those that are the same for every method are tried with one of them. */
const shared = ownOf('null');
const cases: readonly (readonly [string, string, readonly Named[]])[] = [
  ['for all', 'webhook', common],
  ['of a notifier of any method', 'null', shared],
  ...methods
    .map(({ name }) => name)
    .filter((method) => method !== 'null')
    .map((method): [string, string, readonly Named[]] => [
      `of a notifier of method ${method}`,
      method,
      ownOf(method).filter(([name]) => !shared.some(([other]) => other === name)),
    ]),
];

/** What an option of these names cannot stand without. */
const beside: Readonly<Record<string, readonly [string, string]>> = {
  webhook_user: ['webhook_password', 'word'],
  webhook_password: ['webhook_user', 'word'],
  webhook_password_file: ['webhook_user', 'word'],
};
/** What encrypts, where a certificate is of no use without. */
const encrypted: Readonly<Record<string, readonly [string, string]>> = {
  mailto: ['mailto_smtp_tls', 'implicit'],
  redis: ['redis_url', 'rediss://127.0.0.1:9'],
  mqtt: ['mqtt_url', 'mqtts://127.0.0.1:9'],
  nats: ['nats_servers', 'tls://127.0.0.1:9'],
  amqp: ['amqp_url', 'amqps://127.0.0.1:9'],
};
function besideOf(name: string, method: string): readonly (readonly [string, string])[] {
  const [, prefix = '', plain = ''] = /^(x_)?(.*)$/.exec(name) ?? [];
  const [, common = '', which] = /^(.*client_)(certificate|key)$/.exec(plain) ?? [];
  const other = which === 'key' ? 'certificate' : 'key';
  const needs = [
    beside[plain],
    ...(which === undefined ? [] : [[`${common}${other}`, join(directory, other)] as const, encrypted[method]]),
  ];
  return needs.flatMap((need) => (need === undefined ? [] : [[`${prefix}${need[0]}`, need[1]] as const]));
}

describe('every option with every kind of value', () => {
  it.each(cases)('%s', { timeout: 900_000 }, async (_, method, options) => {
    for (const [at, [name, option]] of options.entries()) {
      let taken = 0;
      const tryEach = async (words: readonly string[]): Promise<void> => {
        for (const value of valuesFor(option, words)) {
          if (await tryOut(written(method, [[name, value], ...besideOf(name, method)]), !(name in beforeNotifiers)))
            taken += 1;
        }
      };
      await tryEach(isLong ? keywords : keywords.filter((_word, index) => index % 3 === at % 3));
      if (taken === 0) await tryEach(keywords);
      for (const value of valuesFor(option, [])) {
        await tryOut(written(method, [[`belfry_${name}`, value]]), !(name in beforeNotifiers));
      }
      // What nothing can be written for would not have been tried.
      expect(taken, name).toBeGreaterThan(0);
    }
  });

  it('in combinations', { timeout: 900_000 }, async () => {
    const settingOf = (options: readonly (readonly [string, Option])[]) =>
      fc
        .constantFrom(...options)
        .chain(([name, option]) =>
          fc.tuple(
            fc.constantFrom(name, name, `belfry_${name}`),
            fc.constantFrom(...valuesFor(option, [...keywords, ...moreKeywords])),
          ),
        );
    const text = fc
      .constantFrom(...methods.map(({ name }) => name))
      .chain((method) =>
        fc
          .uniqueArray(settingOf([...common, ...ownOf(method)]), { maxLength: 5, selector: ([name]) => name })
          .map((settings) => written(method, settings)),
      );
    await fc.assert(
      fc.asyncProperty(text, async (one) => void (await tryOut(one))),
      fuzzRuns(tries(300)),
    );
  });
});
