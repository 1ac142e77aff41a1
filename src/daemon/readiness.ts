/** Whether a daemon can accept and store requests, and if not, why. */
import type { ThreadFacts } from '../intake-host/intake-host.ts';
import type { SpoolState } from '../spool/spool.ts';

interface ReadinessCheck {
  /** A word of this list: daemon, intake, spool, disk, room, storing, sockets. */
  readonly check: string;
  readonly ok: boolean;
  /** What was found, in words. */
  readonly detail: string;
}

export interface Readiness {
  /** Whether all of them are ok. */
  readonly ready: boolean;
  readonly reasons: readonly ReadinessCheck[];
}

export interface ReadinessFacts {
  readonly isStopping: boolean;
  /** Undefined: they did not answer in time. */
  readonly threads: readonly ThreadFacts[] | undefined;
  /** Or why it cannot be read. */
  readonly spool: Pick<SpoolState, 'first' | 'last' | 'bytes' | 'consumers' | 'absence'> | { readonly reason: string };
  readonly maxBytes: number;
  readonly disk: { readonly free: number } | undefined;
  readonly lostSockets: readonly { readonly socket: string; readonly reason: string }[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What one write to the spool may need. */
const neededOnDisk = 8 * 1024 * 1024;
/** Less than this share of spool_max_size is no room. */
const leastRoom = 1 / 100;
/** A refusal that nothing has followed says little after a while. */
const refusalMs = 60_000;

const megabytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(0)} MiB`;

export function readinessOf(facts: ReadinessFacts): Readiness {
  const { isStopping, threads, spool, maxBytes, disk, lostSockets, now } = facts;
  const refusal = threads?.map((thread) => thread.refusal).find((one) => one !== undefined && now - one.at < refusalMs);
  const trouble = 'reason' in spool ? spool.reason : spool.absence;
  const isFull = !('reason' in spool) && isWithoutRoom(spool, maxBytes);
  const isDiskFull = disk !== undefined && disk.free < neededOnDisk;
  const lost = lostSockets.map(({ reason }) => reason).join('; ');
  const reasons = [
    check('daemon', !isStopping, 'running', 'stopping'),
    check(
      'intake',
      threads !== undefined,
      'the threads of the sockets answer',
      'a thread of the sockets does not answer',
    ),
    check('spool', trouble === undefined, 'available', trouble ?? ''),
    check(
      'disk',
      !isDiskFull,
      disk === undefined ? 'free space is not known' : `${megabytes(disk.free)} free on the file system of the spool`,
      `the file system of the spool has only ${megabytes(disk?.free ?? 0)} left: make room there`,
    ),
    check(
      'room',
      !isFull,
      'below spool_max_size, or what is kept only for replay can be discarded',
      'the spool is full (spool_max_size), and a notifier still needs all that is in it: repair its receiver or raise spool_max_size',
    ),
    check('storing', refusal === undefined, 'no request was refused lately', refusal?.reason ?? ''),
    check('sockets', lost === '', 'each has its file', lost),
  ];
  return { ready: reasons.every(({ ok }) => ok), reasons };
}

function check(name: string, ok: boolean, good: string, bad: string): ReadinessCheck {
  return { check: name, ok, detail: ok ? good : bad };
}

/** Whether the spool has no room, and could not make any by discarding what every notifier has passed. */
function isWithoutRoom(
  { first, bytes, consumers }: Pick<SpoolState, 'first' | 'bytes' | 'consumers'>,
  maxBytes: number,
): boolean {
  if (maxBytes - bytes >= maxBytes * leastRoom) return false;
  return consumers.some(({ cursor }) => cursor < first);
}
