/** What changes and ends a running daemon: signals, and the shutdown of a socket by the process that passed it to us. */
import type { Logger } from 'pino';
import { BelfryError, type ErrorCodeName, exitStatus, messageOf } from '../base/error.ts';
import { type ConfigProblem, renderProblems } from '../config/problem.ts';
import type { DaemonLog } from '../log/daemon-log.ts';
import { endBySignal, endProcess } from '../os/end-process.ts';
import type { Daemon } from './daemon.ts';
import { loadCheckedConfiguration } from './load-configuration.ts';
import { merged } from './merged.ts';
import { beyondGraceMs, type Supervision } from './supervision.ts';

export interface Lifetime {
  /** The main file of the configuration, to be read again. */
  readonly file: string;
  readonly log: DaemonLog;
  readonly supervision: Supervision;
  /** Whether sockets were passed to the process. */
  readonly inherited?: boolean;
  /** Resolves with the address of a socket that is taken back. */
  readonly socketShutDown: Promise<string>;
  /** Whether the terminal was closed that the daemon was started in, which then stops it; absent where there was none. */
  readonly terminalIsGone?: () => boolean;
  /** How much longer than shutdown_grace a stop is waited for, in milliseconds. */
  readonly stopPatienceMs?: number;
}

/**
 * Until there is a daemon to manage: a SIGHUP is remembered, where it would end the process otherwise. To be
 * called before the configuration is read; what it answers ends this and says whether one came.
 */
export function rememberReload(): () => boolean {
  let came = false;
  const remember = (): void => {
    came = true;
  };
  process.on('SIGHUP', remember);
  return () => {
    process.removeListener('SIGHUP', remember);
    return came;
  };
}

/** How often a daemon on a terminal looks whether it is still there, in milliseconds. */
const terminalCheckMs = 1000;

/** From now on signals do what the documentation says, and the process ends itself. */
export function manageLifetime(daemon: Daemon, lifetime: Lifetime): void {
  const { log, supervision, socketShutDown, terminalIsGone, stopPatienceMs = beyondGraceMs } = lifetime;
  let stopping = false;
  let stopRequested = false;
  const fail = (thrown: unknown): void => {
    log.log.fatal({ err: thrown, code: 'INTERNAL' satisfies ErrorCodeName }, 'the daemon failed: this is a bug');
    log.flushSync();
    process.exit(exitStatus.software);
  };
  const giveUp = (): void => {
    log.log.fatal(
      'the stop did not finish in time, perhaps because a disk hangs; ending by SIGKILL, attempts in progress will be made again',
    );
    log.flushSync();
    endBySignal('SIGKILL');
  };
  const stop = (): void => {
    stopping = true;
    const { shutdownGraceMs } = daemon;
    supervision.stopping(shutdownGraceMs);
    setTimeout(giveUp, shutdownGraceMs + stopPatienceMs).unref();
    daemon.stop().then(endProcess).catch(fail);
  };
  const onStopSignal = (signal: NodeJS.Signals): void => {
    if (stopRequested) {
      log.log.warn({ signal }, 'second stop signal; ending at once');
      log.flushSync();
      // Raised again without us, so that the parent sees what ended the process.
      endBySignal(signal);
      return;
    }
    stopRequested = true;
    log.log.info({ signal }, 'stopping');
    // It may be stopping already because its socket was shut down; then this is its first signal.
    if (!stopping) stop();
  };
  process.on('SIGTERM', onStopSignal);
  process.on('SIGINT', onStopSignal);
  const reloadOnce = merged(async () => {
    // Cyrus' master sends it and takes the socket back in the same moment.
    if (stopping) log.log.info('stopping; ignoring the reload');
    else await reload(daemon, lifetime);
  }, fail);
  const stopWithoutTerminal = (): void => {
    if (stopping) return;
    log.log.info('the terminal was closed; stopping');
    stop();
  };
  process.on('SIGHUP', () => {
    if (terminalIsGone?.()) stopWithoutTerminal();
    else reloadOnce();
  });
  // The kernel sends SIGHUP once, to those in the foreground, and it may come before the terminal is gone.
  if (terminalIsGone !== undefined) {
    setInterval(() => {
      if (terminalIsGone()) stopWithoutTerminal();
    }, terminalCheckMs).unref();
  }
  // In the place of the listener of all commands, which knows no log.
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  // The reader of our output may go away; the daemon stays.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  socketShutDown
    .then((socket) => {
      if (stopping) return;
      log.log.warn(
        { socket },
        'socket was shut down by the process that passed it to us (systemd or Cyrus master); stopping',
      );
      stop();
    })
    .catch(fail);
}

/** A line for each. */
export function logProblems(problems: readonly ConfigProblem[], log: Logger): void {
  for (const problem of problems) {
    const level = problem.severity === 'error' ? 'error' : 'warn';
    log[level]({ problem: renderProblems([problem]).trim() }, 'problem in the configuration');
  }
}

async function reload(daemon: Daemon, lifetime: Lifetime): Promise<void> {
  const {
    file,
    log: { log },
    supervision,
    inherited = false,
  } = lifetime;
  supervision.reloading();
  let refused = false;
  try {
    const { configuration, problems } = await loadCheckedConfiguration(file, inherited);
    logProblems(problems, log);
    if (configuration === undefined) throw new BelfryError('CONFIGURATION', mistakesIn(problems));
    await daemon.reload(configuration);
  } catch (thrown) {
    refused = true;
    daemon.refused(messageOf(thrown));
    log.error({ file, reason: messageOf(thrown) }, 'the new configuration is wrong; the old one stays in force');
  }
  supervision.reloaded({ refused });
}

/** The first mistake, with its place, and how many there are. */
function mistakesIn(problems: readonly ConfigProblem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return 'the configuration has mistakes';
  const more = errors.length === 1 ? '' : ` (and ${errors.length - 1} more)`;
  return `the configuration has mistakes: ${renderProblems([first]).trim()}${more}`;
}
