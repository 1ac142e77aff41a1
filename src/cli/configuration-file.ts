/** The configuration file that a command works on, and how its mistakes are shown. */
import { existsSync } from 'node:fs';
import type { Configuration } from '../config/configuration.ts';
import { type Loaded, loadConfiguration } from '../config/load.ts';
import { BelfryError } from '../error.ts';
import { methods } from '../notifier/table.ts';
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

function load(given: string | undefined): Loaded {
  return loadConfiguration(configurationFile(given), { methods });
}

/** The configuration, or BelfryError CONFIGURATION with all its mistakes. Warnings go to `warn`. */
export function loadOrThrow(given: string | undefined, warn: (text: string) => void): Configuration {
  return configurationOf(load(given), warn);
}

/** See `loadOrThrow`. */
export function configurationOf({ configuration, problems }: Loaded, warn: (text: string) => void): Configuration {
  if (configuration === undefined) throw new BelfryError('CONFIGURATION', renderProblems(problems).trimEnd());
  if (problems.length > 0) warn(renderProblems(problems));
  return configuration;
}
