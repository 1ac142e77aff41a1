/** Runs intakes in the thread of the test. */
import type { IntakeSetting } from '../../src/intake/intake.ts';
import type { IntakeHost } from '../../src/intake-host/intake-host.ts';
import { Intakes, type IntakesParts } from '../../src/intake-host/intakes.ts';
import { IntakeRecorder } from '../../src/metrics/intake-recorder.ts';

export function hostHere<Setting extends IntakeSetting>(
  parts: Omit<IntakesParts, 'ownThread' | 'lastRun'>,
): IntakeHost<Setting> {
  const recorder = new IntakeRecorder();
  const intakes = new Intakes({ ...parts, recorder, ownThread: false });
  let count = 0;
  return {
    async listen(setting, descriptor) {
      count += 1;
      const id = count;
      const address = await intakes.open(id, setting, descriptor);
      return { id, setting, address, stop: () => intakes.stop(id) };
    },
    async renew(renewals) {
      intakes.renew(renewals.map(([{ id }, setting]) => ({ id, setting })));
    },
    // It has no thread of its own: it logs with the logger that it was given, and its caller is in the thread that reads.
    setLogLevel() {},
    vitals: () => new Map([['the intake', Promise.resolve()]]),
    facts: async () => [{ thread: 'intake', ...recorder.facts(), sockets: intakes.sockets() }],
    close: () => intakes.close(),
  };
}
