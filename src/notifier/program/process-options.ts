/** Options of methods that run programs: as which user, where, with which environment, and within which limits. */
import { BelfryError } from '../../base/error.ts';
import type { OptionValues } from '../../option/option.ts';
import type { OptionProblem } from '../../option/problem.ts';
import { duration, integer, path, size, text, words } from '../../option/types.ts';
import { groupId } from '../../os/group.ts';
import { missingForOtherUser, systemUser } from '../../os/user.ts';
import type { FileNeed } from '../notifier.ts';
import { inherited } from './program-outcome.ts';
import type { Program } from './started-program.ts';

/** Where the daemon has none. */
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** util-linux. */
const [prlimit, setpriv] = ['/usr/bin/prlimit', '/usr/bin/setpriv'];

export const processOptions = {
  user: text({
    description:
      'The user (a name or a number) as which the program runs. It has no supplementary groups, and HOME is that of the user. The daemon must be root, or have the capabilities that the drop-in of the package gives it (see docs/programs.md).',
    absent: 'the user of the daemon',
    example: 'crm',
  }),
  group: text({
    description: 'The group (a name or a number) as which the program runs.',
    absent: 'the primary group of exec_user, or the group of the daemon',
    example: 'crm',
  }),
  directory: path({ description: 'The working directory of the program.', default: '/', example: '/var/lib/crm' }),
  environment: words({
    description:
      'The environment of the program, beside the variables that begin with BELFRY_: names of variables of the daemon, and `NAME=value`. A value cannot contain white space.',
    default: 'PATH HOME LANG LC_ALL TZ',
    example: 'PATH LANG=C.UTF-8 CRM_URL=http://127.0.0.1:8080/',
  }),
  limit_memory: size(
    {
      description:
        'The address space of the program (RLIMIT_AS). Programs in Node, Java and Go reserve much more than they use.',
      absent: 'no limit',
      example: '512M',
    },
    { min: 1024 * 1024 },
  ),
  limit_cpu: duration(
    {
      description: 'The processor time of the program, in whole seconds (RLIMIT_CPU).',
      absent: 'no limit',
      example: '60s',
    },
    { min: 1000 },
  ),
  limit_files: integer(
    {
      description: 'How many files the program may have open (RLIMIT_NOFILE).',
      absent: 'that of the daemon',
      example: '64',
    },
    { min: 8, max: 1_048_576 },
  ),
  limit_processes: integer(
    {
      description:
        'How many processes and threads the user of the program may have, all of them counted (RLIMIT_NPROC).',
      absent: 'that of the daemon',
      example: '50',
    },
    { min: 1, max: 4_194_304 },
  ),
};

export type ProcessValues = OptionValues<typeof processOptions>;

/** Of the environment: a name, or a name and a value. */
const variable = /^([A-Za-z_][A-Za-z0-9_]*)(?:=([^\0]*))?$/;

export function processProblems({ environment }: ProcessValues): readonly OptionProblem[] {
  const wrong = environment.filter((word) => !variable.test(word));
  return wrong.map((word) => ({
    severity: 'error',
    option: 'environment',
    message: `${JSON.stringify(word)} is not the name of a variable`,
    remedy: 'write NAME or NAME=value, separated by white space',
  }));
}

export function processNeeds({ user, group, directory, ...values }: ProcessValues): readonly FileNeed[] {
  return [
    ...(user === undefined ? [] : [{ option: 'user', path: user, use: 'user' as const }]),
    ...(group === undefined ? [] : [{ option: 'group', path: group, use: 'group' as const }]),
    ...(directory === '/' ? [] : [{ option: 'directory', path: directory, use: 'directory' as const }]),
    ...(user === undefined && group === undefined ? [] : [{ option: 'user', path: setpriv, use: 'program' as const }]),
    ...Object.keys(limitsOf(values)).map((option) => ({ option, path: prlimit, use: 'program' as const })),
  ];
}

/** Throws BelfryError NOTIFIER_OPEN where it cannot be run as its user. `name` is that of the notifier. */
export function processSettings(
  { user, group, directory, environment, ...values }: ProcessValues,
  name: string,
): Omit<Program, 'argv' | 'input'> {
  const limits = Object.values(limitsOf(values));
  const limiting = limits.length === 0 ? [] : [prlimit, ...limits, '--'];
  if (user === undefined && group === undefined) {
    return { directory, environment: environmentOf(environment), ...prefixOf(limiting, false) };
  }
  const found = user === undefined ? undefined : asOpening(name, () => systemUser(user));
  const gid = (group === undefined ? found?.gid : asOpening(name, () => groupId(group))) ?? process.getegid?.() ?? 0;
  const uid = found?.uid ?? process.geteuid?.() ?? 0;
  const missing = missingForOtherUser();
  if (missing.length > 0 && (uid !== process.geteuid?.() || gid !== process.getegid?.())) {
    const remedy = 'run the daemon as root, or give its unit the drop-in of the package (docs/programs.md)';
    const message = `the daemon may not start programs as another user: it lacks ${missing.join(' and ')}`;
    throw new BelfryError('NOTIFIER_OPEN', `notifier ${name}: ${message}: ${remedy}`);
  }
  const changing = [setpriv, `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...noCapabilities, '--'];
  // The limits first: root may raise them.
  const prefix = prefixOf([...limiting, ...changing], true);
  return { directory, environment: environmentOf(environment, found?.home), ...prefix };
}

const noCapabilities = ['--inh-caps=-all', '--ambient-caps=-all'];

function prefixOf([first, ...others]: readonly string[], changesUser: boolean): Pick<Program, 'prefix'> {
  return first === undefined ? {} : { prefix: { words: [first, ...others], changesUser } };
}

function asOpening<T>(name: string, find: () => T): T {
  try {
    return find();
  } catch (error) {
    if (!(error instanceof BelfryError)) throw error;
    throw new BelfryError('NOTIFIER_OPEN', `notifier ${name}: ${error.message}`);
  }
}

function environmentOf(list: readonly string[], home?: string): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const word of list) {
    const [, name = '', value] = variable.exec(word) ?? [];
    const byDefault = name === 'PATH' ? defaultPath : undefined;
    const given = value ?? (name === 'HOME' ? home : undefined) ?? inherited([name])[name] ?? byDefault;
    if (given !== undefined) values[name] = given;
  }
  return values;
}

/** The options of prlimit(1), by those of the method. */
function limitsOf(values: Pick<ProcessValues, 'limit_memory' | 'limit_cpu' | 'limit_files' | 'limit_processes'>) {
  const { limit_memory: memory, limit_cpu: cpuMs, limit_files: files, limit_processes: processes } = values;
  return {
    ...(memory !== undefined && { limit_memory: `--as=${memory}` }),
    ...(cpuMs !== undefined && { limit_cpu: `--cpu=${Math.ceil(cpuMs / 1000)}` }),
    ...(files !== undefined && { limit_files: `--nofile=${files}` }),
    ...(processes !== undefined && { limit_processes: `--nproc=${processes}` }),
  };
}
