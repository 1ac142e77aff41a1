/** Runs the checks beside each other, each within its time, and hands over what they find in the order of the table. */
import { messageOf } from '../base/error.ts';
import { settlesWithin } from '../base/settles-within.ts';
import { type Check, type NamedFinding, unchecked } from './check.ts';
import type { DoctorContext } from './context.ts';

/** How long one check may take before it is told to stop, and then until it is left alone, in milliseconds. */
const limits = { checkMs: 15_000, stopMs: 1000 };

/** A check that throws, or does not end in time, has found nothing out, and says why. */
export async function* runChecks(
  checks: readonly Check[],
  context: Omit<DoctorContext, 'signal'>,
  { checkMs, stopMs } = limits,
): AsyncGenerator<NamedFinding, void, void> {
  const running = checks.map((check) => start(check));
  for (const findings of running) for (const finding of await findings) yield finding;

  async function start(check: Check): Promise<readonly NamedFinding[]> {
    const findings: NamedFinding[] = [];
    let isLeft = false;
    const signal = AbortSignal.timeout(checkMs);
    const all = async (): Promise<void> => {
      try {
        for await (const finding of check.run({ ...context, signal })) {
          if (isLeft) return;
          findings.push({ check: check.name, ...finding });
        }
      } catch (thrown) {
        if (!isLeft)
          findings.push({ check: check.name, ...unchecked(`this check could not be made: ${messageOf(thrown)}`) });
      }
    };
    if (!(await settlesWithin(all(), checkMs + stopMs))) {
      isLeft = true;
      findings.push({ check: check.name, ...unchecked(`this check did not end within ${checkMs / 1000} s`) });
    }
    return findings;
  }
}
