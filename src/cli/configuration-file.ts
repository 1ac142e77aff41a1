/** The configuration file that a command works on, and how its mistakes are shown. */
import { existsSync } from 'node:fs';
import { BelfryError } from '../base/error.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Loaded } from '../config/load.ts';
import { renderProblems } from '../config/problem.ts';
import { withoutService } from '../config/service-prefix.ts';

const places = ['/etc/belfry.conf', '/etc/imapd.conf'] as const;

/** Help for -C, the same for every command. */
export const configurationFlag = [
  '-C, --config <file>',
  `the configuration file (default: ${places[0]}, or ${places[1]} if that does not exist)`,
] as const;

export function configurationFile(given: string | undefined): string {
  return given ?? places.find((place) => existsSync(place)) ?? places[0];
}

/** The configuration, or BelfryError CONFIGURATION with all its mistakes. Warnings go to `warn`. */
export async function loadOrThrow(given: string | undefined, warn: (text: string) => void): Promise<Configuration> {
  return configurationOf(await load(given), warn);
}

/**
 * As `loadOrThrow`, for a command that runs the rules: what is wrong with an expression of NAME_when is a mistake with its
 * place, and so is what the file system refuses to the notifier `tested`.
 */
export async function loadWithRules(
  given: string | undefined,
  warn: (text: string) => void,
  tested?: string,
): Promise<Configuration> {
  const { withRules } = await import('../daemon/load-configuration.ts');
  return configurationOf(await withRules(await load(given), tested), warn);
}

/**
 * What a command needs that only asks a running daemon, or looks into what a stopped one has left: of a configuration with
 * mistakes as much as can be read, which is said to `warn`. Throws BelfryError CONFIGURATION when the mistakes are in the
 * options that say where the daemon is.
 */
export async function loadReadable(given: string | undefined, warn: (text: string) => void): Promise<Configuration> {
  const { configuration, readable, problems } = await load(given);
  if (configuration !== undefined) return configuration;
  const errors = problems.filter(({ severity }) => severity === 'error');
  const inTheWay = errors.filter(({ option }) => option !== undefined && whereabouts.has(withoutService(option)));
  if (inTheWay.length > 0) throw new BelfryError('CONFIGURATION', renderProblems(inTheWay).trimEnd());
  const count = errors.length === 1 ? 'a mistake' : `${errors.length} mistakes`;
  warn(
    `belfry: the configuration on disk has ${count} (see belfry check); using control_socket ${readable.controlSocket}\n`,
  );
  return readable;
}

/** The options that say where a daemon is, and where its spool. */
const whereabouts: ReadonlySet<string> = new Set(['configdirectory', 'control_socket']);

async function load(given: string | undefined): Promise<Loaded> {
  // Loaded when it is needed, as the commands are.
  const [{ loadConfiguration }, { methods }] = await Promise.all([
    import('../config/load.ts'),
    import('../notifier/table.ts'),
  ]);
  return loadConfiguration(configurationFile(given), { methods });
}

export function configurationOf({ configuration, problems }: Loaded, warn: (text: string) => void): Configuration {
  if (configuration === undefined) throw new BelfryError('CONFIGURATION', renderProblems(problems).trimEnd());
  if (problems.length > 0) warn(renderProblems(problems));
  return configuration;
}
