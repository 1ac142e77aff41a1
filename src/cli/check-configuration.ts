/** Reads a configuration as the daemon does, and that of Cyrus beside it, and prints what is found. */
import { existsSync } from 'node:fs';
import { exitStatus } from '../base/error.ts';
import type { Configuration } from '../config/configuration.ts';
import { cyrusProblems } from '../config/cyrus-file.ts';
import { type Loaded, withProblems } from '../config/load.ts';
import { renderProblems } from '../config/problem.ts';
import { addressProblems } from '../daemon/address-checks.ts';
import { loadCheckedConfiguration } from '../daemon/load-configuration.ts';
import type { CheckFlags } from './check.ts';
import { configurationFile } from './configuration-file.ts';
import type { CommandIo } from './io.ts';
import { renderCheck, renderJson } from './render-check.ts';

const cyrusFile = '/etc/imapd.conf';

export async function check(flags: CheckFlags, io: CommandIo): Promise<void> {
  const own = await loadCheckedConfiguration(configurationFile(flags.config));
  const loaded = withCyrus(withProblems(own, await addressProblems(own)), flags.imapdConf);
  const { cases } = flags;
  if (cases !== undefined && loaded.configuration !== undefined) {
    await checkCases(loaded, loaded.configuration, flags, cases, io);
    return;
  }
  print(loaded, flags, io);
  io.exit(loaded.configuration === undefined ? exitStatus.configuration : exitStatus.ok);
}

/** Cases need a configuration without mistakes. */
async function checkCases(
  { problems }: Loaded,
  configuration: Configuration,
  { quiet, json }: CheckFlags,
  paths: readonly string[],
  io: CommandIo,
): Promise<void> {
  const { casesJson, renderCases, runCases } = await import('./cases/run-cases.ts');
  const results = await runCases(configuration, paths);
  if (!quiet) io.err(renderProblems(problems));
  io.out(json ? `${casesJson(results)}\n` : renderCases(results, quiet === true));
  io.exit(results.every(({ ok }) => ok) ? exitStatus.ok : exitStatus.data);
}

/** What Cyrus reads is looked at even where belfry does not include it. */
function withCyrus(loaded: Loaded, given: string | undefined): Loaded {
  const file = given ?? (existsSync(cyrusFile) ? cyrusFile : undefined);
  if (file === undefined || loaded.files.includes(file)) return loaded;
  return withProblems(loaded, cyrusProblems(file, { configuration: loaded.readable, isNamed: given !== undefined }));
}

function print(loaded: Loaded, { quiet, changed, json, cases }: CheckFlags, io: CommandIo): void {
  const { problems } = loaded;
  if (json) {
    io.out(`${renderJson(loaded, changed === true)}\n`);
    return;
  }
  // Mistakes first: a warning must not hide what keeps the daemon from starting.
  const errors = problems.filter(({ severity }) => severity === 'error');
  const warnings = problems.filter(({ severity }) => severity === 'warning');
  io.err(renderProblems(quiet ? errors : [...errors, ...warnings]));
  if (!quiet && cases === undefined) io.out(renderCheck(loaded, changed === true));
}
