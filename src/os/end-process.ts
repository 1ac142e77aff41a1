/** The end of a process of which a thread may hang in the system. */
import { setTimeout as sleep } from 'node:timers/promises';

/** How long threads that are still at work are given, and how often they are looked at, in milliseconds. */
const busyThreads = { patienceMs: 1000, pauseMs: 20 };
/** What Node calls the calls that it has a thread make for it: of files, and of the resolver. */
const callOfThread = /^(FSReq|GetAddrInfo|GetNameInfo)/;

/**
 * Ends the process with status 0. Where a thread hangs in a call of the system (a disk that is away, a resolver), exit(3)
 * would wait for it: then by SIGTERM, which is a clean end for the parent process as well.
 */
export async function endProcess(): Promise<void> {
  for (let waitedMs = 0; threadsAreBusy(); waitedMs += busyThreads.pauseMs) {
    if (waitedMs >= busyThreads.patienceMs) {
      endBySignal('SIGTERM');
      return;
    }
    await sleep(busyThreads.pauseMs);
  }
  process.exit(0);
}

/** Ends the process as the signal does where nobody listens to it: at once, whatever its threads do. */
export function endBySignal(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

const threadsAreBusy = (): boolean => process.getActiveResourcesInfo().some((name) => callOfThread.test(name));
