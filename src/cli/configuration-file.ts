/** The configuration file that a command works on, and how its mistakes are shown. */
import { existsSync } from 'node:fs';
import type { Configuration } from '../config/configuration.ts';
import type { Loaded } from '../config/load.ts';
import { BelfryError } from '../error.ts';
import { renderProblems } from './render-check.ts';

const places = ['/etc/belfry.conf', '/etc/imapd.conf'] as const;

/** Help for -C, the same for every command. */
export const configurationFlag = [
  '-C, --config <file>',
  `the configuration file (default: ${places[0]} or, if that is not there, ${places[1]})`,
] as const;

export function configurationFile(given: string | undefined): string {
  return given ?? places.find((place) => existsSync(place)) ?? places[0];
}

/** The configuration, or BelfryError CONFIGURATION with all its mistakes. Warnings go to `warn`. */
export async function loadOrThrow(given: string | undefined, warn: (text: string) => void): Promise<Configuration> {
  // Loaded when it is needed, as the commands are.
  const [{ loadConfiguration }, { methods }] = await Promise.all([
    import('../config/load.ts'),
    import('../notifier/table.ts'),
  ]);
  return configurationOf(loadConfiguration(configurationFile(given), { methods }), warn);
}

/** See `loadOrThrow`. */
export function configurationOf({ configuration, problems }: Loaded, warn: (text: string) => void): Configuration {
  if (configuration === undefined) throw new BelfryError('CONFIGURATION', renderProblems(problems).trimEnd());
  if (problems.length > 0) warn(renderProblems(problems));
  return configuration;
}
