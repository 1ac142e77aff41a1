/** Sockets that were open before we were: what systemd's socket activation and Cyrus' master(8) pass to us as descriptors. */
import { BelfryError } from '../base/error.ts';
import * as libc from './libc.ts';
import { Readiness } from './readiness.ts';
import { inetName, socketName } from './socket-address.ts';

export interface InheritedSocket {
  readonly descriptor: number;
  /** FileDescriptorName= of a systemd unit, or the name of the service in cyrus.conf; may be empty. */
  readonly name: string;
  /** A Unix datagram socket, a Unix socket that listens, or a TCP socket that listens. */
  readonly kind: 'datagram' | 'stream' | 'tcp';
  /** As the kernel has it: a path, `@` and an abstract name, `127.0.0.1:8090`, `[::1]:8090`. */
  readonly address: string;
  /** A pipe to the process that passed it to us, which breaks when that process is gone. */
  readonly lifeline?: number;
}

export interface Inheritance {
  readonly sockets: readonly InheritedSocket[];
  /** What was found and not believed, and why; for the log at debug. */
  readonly remarks: readonly string[];
}

/** sd_listen_fds(3): SD_LISTEN_FDS_START. */
const firstDescriptor = 3;
/** Cyrus `master/service.h`: STATUS_FD and LISTEN_FD. */
const cyrusStatusDescriptor = 3;
const cyrusListenDescriptor = 4;
/** What a process can have open at all, by far. */
const maxDescriptors = 1024;

/**
 * Takes the sockets that were passed to this process: no program that we start inherits the descriptors, and the
 * variables that describe them are removed from `environment`, so that no child takes them for its own. Nothing is read,
 * and nothing is closed. To be called once, before anything else could open a descriptor in the place of a missing one.
 * Throws BelfryError SOCKET_PASSED for a descriptor that is not a socket we can read, and for variables that
 * contradict each other.
 */
export function takeInheritedSockets(environment: NodeJS.ProcessEnv, pid: number): Inheritance {
  const remarks: string[] = [];
  const sockets = [...fromSystemd(environment, pid, remarks), ...fromCyrusMaster(environment, remarks)];
  for (const variable of ['LISTEN_FDS', 'LISTEN_PID', 'LISTEN_PIDFDID', 'LISTEN_FDNAMES']) delete environment[variable];
  for (const variable of ['CYRUS_SERVICE', 'CYRUS_ID', 'CYRUS_ISDAEMON']) delete environment[variable];
  return { sockets, remarks };
}

/** sd_listen_fds_with_names(3). */
function fromSystemd(
  { LISTEN_FDS: count, LISTEN_PID: owner, LISTEN_FDNAMES: names }: NodeJS.ProcessEnv,
  pid: number,
  remarks: string[],
): readonly InheritedSocket[] {
  if (count === undefined) return [];
  if (owner !== `${pid}`) {
    const whose = owner === undefined ? 'LISTEN_PID is not set' : `LISTEN_PID is ${owner}, and this is process ${pid}`;
    remarks.push(`LISTEN_FDS is ignored: ${whose}`);
    return [];
  }
  const number = /^\d{1,4}$/.test(count) ? Number(count) : Number.NaN;
  if (!(number <= maxDescriptors)) {
    throw refusal(`LISTEN_FDS is ${JSON.stringify(count)} and not a number up to ${maxDescriptors}`);
  }
  const given = names === undefined || names === '' ? [] : names.split(':');
  if (given.length > 0 && given.length !== number) {
    throw refusal(
      `LISTEN_FDNAMES has ${given.length} names, but LISTEN_FDS is ${number}: the two numbers must be equal`,
    );
  }
  return Array.from({ length: number }, (_, i) => take(firstDescriptor + i, given[i] ?? ''));
}

/**
 * A service of cyrus.conf has its socket on descriptor 4, and on 3 a pipe for messages to master (Cyrus
 * `master/service.c`). From those master knows how many idle processes it has, so that it starts more of them: for master a
 * process is ready from its start on, one that says so again is reprimanded in the log, and one that says it is busy gets
 * a second one beside it, which would find the spool locked. So nothing is written to the pipe; but it shows when master
 * is gone. A daemon of cyrus.conf has the same variables and no socket.
 */
function fromCyrusMaster(
  { CYRUS_SERVICE: service, CYRUS_ID: id, CYRUS_ISDAEMON: daemon }: NodeJS.ProcessEnv,
  remarks: string[],
): readonly InheritedSocket[] {
  if (service === undefined || id === undefined) return [];
  // Older versions do not say that it is a daemon; what stands on the descriptor is then something of Node's.
  if (daemon !== undefined || libc.socketOption(cyrusListenDescriptor, libc.SO_DOMAIN) === undefined) {
    remarks.push(`Cyrus master runs this as the daemon ${service}, without a socket`);
    return [];
  }
  libc.fcntl(cyrusStatusDescriptor, libc.F_SETFD, 'int', libc.FD_CLOEXEC);
  return [{ ...take(cyrusListenDescriptor, service), lifeline: cyrusStatusDescriptor }];
}

/**
 * What it answers, called once, shuts a socket down when the process that passed it to us is gone, if there is a way to see that.
 * The next master of Cyrus makes a socket of its own and starts another daemon for it, which could not have the spool while
 * this one lives. To be called before anything that may close the descriptor learns of it. Throws BelfryError
 * SOCKET_PASSED.
 */
export function shutDownWhenOrphaned({ descriptor, lifeline }: InheritedSocket): () => Promise<void> {
  if (lifeline === undefined) return async () => {};
  // By the time that it is needed, the reader of the socket may have closed its descriptor, and another may have the number.
  const own = libc.fcntl(descriptor, libc.F_DUPFD_CLOEXEC, 'int', 0);
  if (own < 0) throw refusal(`descriptor ${descriptor} cannot be duplicated: ${libc.errnoText(libc.lastErrno())}`);
  return () => outlive(lifeline, own);
}

async function outlive(lifeline: number, own: number): Promise<void> {
  // The end of a pipe that is written to is never readable: it becomes so when nobody is there to read it any more.
  await new Readiness(lifeline, 'readable').wait();
  if ((libc.conditionOf(lifeline) & libc.POLLERR) !== 0) libc.shutdown(own, libc.SHUT_RDWR);
  libc.close(own);
}

function take(descriptor: number, name: string): InheritedSocket {
  const [domain, type] = [libc.socketOption(descriptor, libc.SO_DOMAIN), libc.socketOption(descriptor, libc.SO_TYPE)];
  const shown = name === '' ? `descriptor ${descriptor}` : `descriptor ${descriptor} (${name})`;
  if (domain === undefined || type === undefined) {
    throw refusal(`${shown} is not a socket: ${libc.errnoText(libc.lastErrno())}`);
  }
  const kind = kindOf(domain, type);
  if (kind === undefined) {
    throw refusal(
      `${shown} is a kind of socket that belfry cannot use (domain ${domain}, type ${type}): pass a Unix datagram ` +
        'socket (ListenDatagram=/…, proto="udp" in cyrus.conf), or a Unix or TCP stream socket (ListenStream=)',
    );
  }
  if (kind !== 'datagram' && libc.socketOption(descriptor, libc.SO_ACCEPTCONN) !== 1) {
    throw refusal(`${shown} does not listen: pass the socket itself, not a connection (Accept=no)`);
  }
  const bytes = libc.boundAddress(descriptor);
  if (bytes === undefined || libc.fcntl(descriptor, libc.F_SETFD, 'int', libc.FD_CLOEXEC) < 0) {
    throw refusal(`${shown} cannot be used: ${libc.errnoText(libc.lastErrno())}`);
  }
  const address = kind === 'tcp' ? inetName(bytes) : socketName(bytes);
  if (address === '') throw refusal(`${shown} has no address, so no process can send to it`);
  return { descriptor, name, kind, address };
}

function kindOf(domain: number, type: number): InheritedSocket['kind'] | undefined {
  if (domain === libc.AF_UNIX && type === libc.SOCK_DGRAM) return 'datagram';
  if (domain === libc.AF_UNIX && type === libc.SOCK_STREAM) return 'stream';
  if ((domain === libc.AF_INET || domain === libc.AF_INET6) && type === libc.SOCK_STREAM) return 'tcp';
  return undefined;
}

function refusal(what: string): BelfryError {
  return new BelfryError('SOCKET_PASSED', `cannot use the passed sockets: ${what}`);
}
