/** Talks to the service manager, systemd or its like, as sd_notify(3) has it: one datagram to NOTIFY_SOCKET. */
import { messageOf } from '../base/error.ts';
import { printable } from '../base/printable.ts';
import { openDatagramSender } from './datagram-sender.ts';

export interface ServiceManager {
  /** In which time it wants to hear WATCHDOG=1, in milliseconds; absent when it does not watch. */
  readonly watchdogMs?: number;
  /**
   * Sends assignments, each `NAME=value`, in one message. Returns at once and never throws: what cannot be sent is dropped.
   * Messages keep their order.
   */
  notify(...assignments: readonly string[]): void;
  /** Resolves when every message has been sent or dropped. */
  settled(): Promise<void>;
}

/** How long to try while the queue of the service manager is full. */
const patienceMs = 30_000;
/** Messages that wait for room in that queue; what comes then is dropped. */
const maxWaiting = 64;

/**
 * Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID (sd_watchdog_enabled(3)) and removes them from `environment`, so
 * that no program we start speaks in our name. Undefined when there is no service manager. `onProblem` gets the reason why something is
 * not sent or not believed; nothing of it hinders the daemon.
 */
export function openServiceManager(
  environment: NodeJS.ProcessEnv,
  pid: number,
  onProblem: (reason: string) => void,
): ServiceManager | undefined {
  const { NOTIFY_SOCKET: address, WATCHDOG_USEC: watchdogUs, WATCHDOG_PID: watched } = environment;
  for (const variable of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[variable];
  if (address === undefined || address === '') return undefined;
  if (!/^[/@]./.test(address)) {
    onProblem(`NOTIFY_SOCKET is ${JSON.stringify(address)}: only Unix sockets are supported`);
    return undefined;
  }
  const watchdogMs = watchdogPeriodMs(watchdogUs, watched, pid, onProblem);
  let waiting = 0;
  let tail: Promise<void> = Promise.resolve();

  /** On a socket of its own each time: there are few messages, and the receiver may have been started anew. */
  async function send(message: string): Promise<void> {
    try {
      const sender = openDatagramSender(address ?? '');
      try {
        await sender.send(Buffer.from(message), AbortSignal.timeout(patienceMs));
      } finally {
        sender.close();
      }
    } catch (thrown) {
      onProblem(`could not send ${message.split('=', 1)[0]} to systemd: ${messageOf(thrown)}`);
    }
    waiting -= 1;
  }

  return {
    ...(watchdogMs === undefined ? {} : { watchdogMs }),
    notify(...assignments) {
      // A line is an assignment: what came from elsewhere must not make two of one.
      const message = assignments.map((assignment) => printable(assignment)).join('\n');
      if (waiting >= maxWaiting) {
        onProblem('systemd does not read the status messages');
        return;
      }
      waiting += 1;
      tail = waiting === 1 ? send(message) : tail.then(() => send(message));
    },
    settled: () => tail,
  };
}

function watchdogPeriodMs(
  microseconds: string | undefined,
  watched: string | undefined,
  pid: number,
  onProblem: (reason: string) => void,
): number | undefined {
  if (microseconds === undefined) return undefined;
  if (watched !== undefined && watched !== `${pid}`) {
    onProblem(`WATCHDOG_USEC is ignored: WATCHDOG_PID is ${watched}, and this is process ${pid}`);
    return undefined;
  }
  const us = /^\d{1,15}$/.test(microseconds) ? Number(microseconds) : 0;
  if (us > 0) return us / 1000;
  onProblem(`WATCHDOG_USEC is ${JSON.stringify(microseconds)} and not a number of microseconds`);
  return undefined;
}
