/** A configuration in memory for tests: files that are texts, methods that do nothing. */
import { type Loaded, loadConfiguration } from '../../src/config/load.ts';
import type { ConfigProblem } from '../../src/config/problem.ts';
import { defineMethod, type Method } from '../../src/notifier/notifier.ts';
import { secretOptions } from '../../src/option/secret.ts';
import { command, duration, path, text, toggle, url } from '../../src/option/types.ts';
import { factsOfLine } from '../support/facts.ts';

const open = async (): Promise<never> => {
  throw new Error('the methods of this test are never opened');
};

export const webhook = defineMethod({
  name: 'webhook',
  summary: 'Posts.',
  options: {
    url: url({ description: 'Where to.', required: true, example: 'https://crm.example.org/hook' }),
    secret: text({ description: 'The key.', secret: true }),
    ...secretOptions('key', { description: 'Another key.', absent: 'none' }),
    pin: duration({ description: 'A secret of another kind.', secret: true }),
  },
  attemptTimeout: { default: '15s', former: 'timeout' },
  open,
});

const exec = defineMethod({
  name: 'exec',
  aliases: ['external'],
  summary: 'Runs a program.',
  options: {
    program: command({ description: 'Which one.', required: true, inherits: 'notify_external' }),
    wait: toggle({ description: 'Whether to wait.', default: 'yes' }),
  },
  open,
});

const mailto = defineMethod({
  name: 'mailto',
  summary: 'Mails.',
  options: { sendmail: path({ description: 'The program.', inherits: 'sendmail', default: '/usr/lib/sendmail' }) },
  open,
});

const log = defineMethod({
  name: 'log',
  summary: 'Logs.',
  options: { file: path({ description: 'Where to.', absent: 'standard output' }) },
  open,
});

const nullMethod = defineMethod({ name: 'null', summary: 'Forgets.', options: {}, open });

export const methods: readonly Method[] = [log, mailto, exec, webhook, nullMethod];

/** Reads from a record of texts; a path that is not in it does not exist. */
export function reader(files: Readonly<Record<string, string>>): (path: string) => string {
  return (path) => {
    const content = files[path];
    if (content === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
    return content;
  };
}

/** Loads one file of these lines, and perhaps others. */
export function load(lines: readonly string[], others: Readonly<Record<string, string>> = {}): Loaded {
  const read = reader({ 'belfry.conf': lines.map((line) => `${line}\n`).join(''), ...others });
  return loadConfiguration('belfry.conf', { methods, read, environment: { hostname: 'mail.example.org' } });
}

/** `line: severity: option: facts` of each problem, with what its message and its remedy name. */
export function factsOfProblems(problems: readonly ConfigProblem[]): readonly string[] {
  return problems.map(({ line, severity, option, message, remedy = '' }) =>
    factsOfLine(`${line}: ${severity}: ${option === undefined ? '' : `${option}: `}${message} ${remedy}`),
  );
}
