/** Runs the daemon in the foreground, with the sockets that its parent process passed to it. */

import { BelfryError, type ErrorCodeName, exitStatus, messageOf } from '../base/error.ts';
import { Daemon } from '../daemon/daemon.ts';
import { manageLifetime, rememberReload } from '../daemon/lifetime.ts';
import { loadCheckedConfiguration } from '../daemon/load-configuration.ts';
import { Supervision } from '../daemon/supervision.ts';
import { captureOutput } from '../log/capture-output.ts';
import { type DaemonLog, openDaemonLog } from '../log/daemon-log.ts';
import { formFor } from '../log/line-form.ts';
import { shutDownWhenOrphaned, takeInheritedSockets } from '../os/inherited-sockets.ts';
import { keepMemorySmall } from '../os/memory.ts';
import { openServiceManager } from '../os/service-manager.ts';
import { watchTerminal } from '../os/terminal.ts';
import { configurationFile } from './configuration-file.ts';
import type { CommandIo } from './io.ts';
import type { ServeFlags } from './serve.ts';
import { openStartReport, type StartReport } from './start-report.ts';

const standardOutput = 1;

/** Ends with a line that says why when there can be no daemon. */
export async function serve(flags: ServeFlags, { exit }: CommandIo): Promise<void> {
  const log = openDaemonLog('info', standardOutput, formFor(standardOutput, flags.output, process.env));
  // However the process ends, also after an error that nothing catches: all lines are out then.
  process.on('exit', log.flushSync);
  const err = captureOutput(log.log);
  const report = openStartReport({ err, exit }, flags.output, process.env);
  try {
    await start(flags, log, report, err);
  } catch (thrown) {
    log.flushSync();
    report.failure(thrown);
  }
}

async function start(
  flags: ServeFlags,
  log: DaemonLog,
  report: StartReport,
  err: (text: string) => void,
): Promise<void> {
  keepMemorySmall();
  const terminalIsGone = watchTerminal();
  // Before anything opens a descriptor, and starts a thread with a copy of the environment.
  const inheritance = takeInheritedSockets(process.env, process.pid);
  const untilOrphaned = inheritance.sockets.map(shutDownWhenOrphaned);
  const remarks = [...inheritance.remarks];
  let remark = (reason: string): void => void remarks.push(reason);
  const manager = openServiceManager(process.env, process.pid, (reason) => remark(reason));
  const reloadWanted = rememberReload();
  const file = configurationFile(flags.config);
  const inherited = inheritance.sockets.length > 0;
  const { configuration, problems } = await loadCheckedConfiguration(file, inherited);
  report.problems(problems);
  if (configuration === undefined) {
    throw new BelfryError('CONFIGURATION', `${file} has mistakes; belfry check -C ${file} lists them`);
  }
  log.log.level = configuration.logLevel;
  remark = (reason) =>
    log.log.debug({ reason }, 'the environment from systemd or Cyrus master has an unexpected value');
  for (const reason of remarks) remark(reason);
  for (const [flag, given] of [
    ['-U', flags.user],
    ['-T', flags.timeout],
    ['-D', flags.debug],
  ] as const) {
    if (given !== undefined) log.log.warn({ flag }, 'this flag of notifyd has no effect');
  }
  const supervision = new Supervision(manager, {
    log: log.log,
    monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
  });
  supervision.starting();
  let reportShutDown = (_: string): void => {};
  const socketShutDown = new Promise<string>((resolve) => {
    reportShutDown = resolve;
  });
  const daemon = await Daemon.start(configuration, {
    log,
    inherited: inheritance.sockets,
    onSocketShutDown: (address) => reportShutDown(address),
    onFailure: (reason) => {
      const fields = { reason, code: 'INTERNAL' satisfies ErrorCodeName };
      log.log.fatal(fields, 'the intake failed: this is a bug; ending, so that the supervisor restarts belfry');
      log.flushSync();
      process.exit(exitStatus.software);
    },
    ...(flags.method === undefined ? {} : { defaultMethod: flags.method }),
  });
  // Its reader takes what waits, and reports the shutdown.
  for (const orphaned of untilOrphaned) orphaned().catch((thrown: unknown) => remark(messageOf(thrown)));
  manageLifetime(daemon, {
    file,
    log,
    supervision,
    inherited,
    socketShutDown,
    ...(terminalIsGone && { terminalIsGone }),
  });
  const reload = reloadWanted();
  await supervision.ready(daemon);
  // Raised again: it arrived during the start, and now there is a handler.
  if (reload) process.kill(process.pid, 'SIGHUP');
  const [socket] = configuration.sockets;
  if (flags.hint && socket?.path !== undefined) {
    err(
      `belfry listens on ${socket.path}. Send it a first event from another terminal:\n\n` +
        `    npx belfry send -f ${socket.path} -t 'Hello from belfry'\n\n`,
    );
  }
}
