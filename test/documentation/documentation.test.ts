/**
 * Every fenced block of the documentation is run as it is printed: configurations are read, commands are run and what they
 * print is compared. A block that no rule runs makes this fail. Configurations are also given to Dovecot itself, where it
 * is installed.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../src/config/load.ts';
import { readStrictJson } from '../../src/decode/strict-json.ts';
import { methods } from '../../src/notifier/table.ts';
import { reader } from '../config/fixture.ts';
import { type Block, blocksIn, root } from './blocks.ts';

const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];
const blocks = documents.flatMap((name) => blocksIn(name));
const ofLanguage = (language: string): readonly Block[] => blocks.filter((block) => block.language === language);
const named = (of: readonly Block[]): readonly (readonly [string, Block])[] => of.map((block) => [block.place, block]);

/** Commands that cannot be run here, each with where it is run instead. A command has to stand here word for word. */
const runElsewhere: Readonly<Record<string, string>> = {
  'npm ci && npm start': 'test/e2e/first-steps.test.ts, in a fresh clone',
  'npm ci && npm test': 'test/e2e/first-steps.test.ts, in a fresh clone',
  'npm ci && npm run package': '.ci/package builds the package',
  'apt install ./dist/package/belfry_*.deb': '.ci/package and .ci/service install it',
};

/** The languages of fences, each with what runs its blocks. */
const rules: Readonly<Record<string, string>> = {
  'belfry.conf': 'read as /etc/belfry.conf',
  'imapd.conf': 'read as /etc/imapd.conf, by ourselves and by Cyrus',
  'cyrus.conf': 'each line is a service of master',
  'dovecot-2.3.conf': 'by doveconf of that version',
  'dovecot-2.4.conf': 'by doveconf of that version',
  sh: 'in the table above',
  console: 'test/documentation/sessions.test.ts',
  json: 'a schema of an event',
  mermaid: 'a drawing: nothing runs it',
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
  const inline = documents.flatMap((name) => {
    const text = readFileSync(join(root, name), 'utf8').replace(
      /<!-- (reference|commands|errors) -->[\s\S]*?<!-- \/\1 -->/g,
      '',
    );
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
  const installed = /\d+\.\d+/.exec(spawnSync('doveconf', ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[0];

  for (const version of ['2.3', '2.4']) {
    const given = ofLanguage(`dovecot-${version}.conf`);

    it.each(named(given))(`${version}: %s names settings that belfry.lua has`, (_, { text }) => {
      const settings = [...text.matchAll(/^\s*(belfry_\w+)\s*=/gm)].map(([, name = '']) => name);
      // Another driver than lua has none.
      expect(settings.length > 0).toBe(text.includes('belfry.lua'));
      for (const setting of settings) expect(script).toContain(setting);
      expect(text.split('{').length).toBe(text.split('}').length);
    });

    it.skipIf(installed !== version).each(named(given))(
      `${version}: %s is read by doveconf, where this version is installed (here: ${installed ?? 'none'})`,
      (_, { text }) => {
        const head = version === '2.4' ? 'dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n' : '';
        const { status, stderr } = spawnSync('doveconf', ['-n', '-c', '/dev/stdin'], {
          encoding: 'utf8',
          input: head + text,
        });
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      },
    );
  }
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
