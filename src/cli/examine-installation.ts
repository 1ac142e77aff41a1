/** Runs the checks of `belfry doctor`, and prints what they find. */
import { readFileSync } from 'node:fs';
import { BelfryError, exitStatus, ifPossible } from '../base/error.ts';
import { withProblems } from '../config/load.ts';
import { addressProblems } from '../daemon/address-checks.ts';
import { loadCheckedConfiguration } from '../daemon/load-configuration.ts';
import type { NamedFinding } from '../doctor/check.ts';
import { readMailServers } from '../doctor/context.ts';
import { runChecks } from '../doctor/run-checks.ts';
import { checks } from '../doctor/table.ts';
import { configurationFile } from './configuration-file.ts';
import type { DoctorFlags } from './doctor.ts';
import { type CommandIo, outJson } from './io.ts';
import { renderFinding, renderVerdict } from './render-doctor.ts';

export async function examine(flags: DoctorFlags, io: CommandIo): Promise<void> {
  const file = configurationFile(flags.config);
  const findings: NamedFinding[] = [];
  const show = (finding: NamedFinding): void => {
    findings.push(finding);
    if (flags.json) outJson(io, finding);
    else io.out(renderFinding(finding));
  };
  try {
    const own = await loadCheckedConfiguration(file);
    const loaded = withProblems(own, await addressProblems(own));
    const context = {
      ...readMailServers(flags),
      loaded,
      configuration: loaded.readable,
      uid: process.geteuid?.() ?? -1,
      now: Date.now,
      kernel,
    };
    for await (const finding of runChecks(checks, context)) show(finding);
  } catch (thrown) {
    // Without a configuration there is nothing else to examine.
    if (!(thrown instanceof BelfryError && thrown.code === 'NO_INPUT')) throw thrown;
    show({
      check: 'configuration',
      verdict: 'fault',
      message: thrown.message,
      meaning: 'belfry does not start without a configuration; nothing else was checked',
      remedy: `belfry init -o ${file} writes a first one from what is on this machine`,
      place: { file },
    });
  }
  if (!flags.json) io.out(renderVerdict(findings));
  io.exit(findings.some(({ verdict }) => verdict === 'fault') ? exitStatus.unavailable : exitStatus.ok);
  // A daemon or a receiver that hangs still has its connection.
  io.leave?.();
}

function kernel(name: string): number | undefined {
  const text = ifPossible(() => readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'latin1'));
  const number = Number(text?.trim());
  return text === undefined || !Number.isSafeInteger(number) ? undefined : number;
}
