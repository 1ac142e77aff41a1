/** Whether the clock of this machine is plausible: times of events, retries and signatures depend on it. */

import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { latestRequests } from './ask-daemon.ts';
import { type Check, fault, ok, warning } from './check.ts';

/** This was written later. */
const earliestAt = Date.UTC(2026, 0, 1);
const latestAt = Date.UTC(2100, 0, 1);
/** How long the two clocks of the system are compared, and by how much they may differ, in milliseconds. */
const watchMs = 500;
const jumpMs = 250;
const ahead = 60_000;

export const clockCheck: Check = {
  name: 'clock',
  async *run({ now, configuration, signal }) {
    const at = now();
    const set = 'set it with date(1), and keep it right with timedatectl set-ntp true, chrony or ntpsec';
    if (at < earliestAt || at > latestAt) {
      yield fault(
        `the clock says ${new Date(at).toISOString()}`,
        'events have wrong times, certificates count as invalid, receivers refuse signatures, and retries are due at wrong times',
        set,
      );
      return;
    }
    const steadyAt = performance.now();
    await sleep(watchMs, undefined, { signal });
    const jump = now() - at - (performance.now() - steadyAt);
    if (Math.abs(jump) > jumpMs) {
      yield warning(
        `the clock has jumped by ${Math.round(jump)} ms within ${watchMs} ms`,
        'several programs set it, or the virtual machine was stopped; delays of notifications become wrong',
        'let one program alone set the clock: timedatectl, chrony or ntpsec',
      );
    }
    const [latest] = (await latestRequests(configuration, 1).catch(() => undefined)) ?? [];
    if (latest !== undefined && latest.receivedAt > now() + ahead) {
      yield warning(
        `the latest request was received at ${new Date(latest.receivedAt).toISOString()}, which is in the future`,
        'the clock was set back: belfry replay --since and ages in belfry queue are wrong until that time has passed',
        set,
      );
    } else {
      const isSynchronized = existsSync('/run/systemd/timesync/synchronized');
      yield ok(
        `${new Date(at).toISOString()}${isSynchronized ? ', synchronized by systemd-timesyncd' : ', no jump seen'}`,
      );
    }
  },
};
