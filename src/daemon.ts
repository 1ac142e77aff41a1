/** The composition root: builds the parts, starts them, exchanges them at a reload, stops them. */
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ControlServer } from './admin/control-server.ts';
import type { Configuration, SocketSetting } from './config/configuration.ts';
import { openControl } from './control.ts';
import { Counts } from './count.ts';
import { type Dispatch, startDispatch } from './dispatch/dispatch.ts';
import { logObserver } from './dispatch/observer.ts';
import { BelfryError, messageOf } from './error.ts';
import { type Generation, openGeneration } from './generation.ts';
import { openDatagramIntake } from './intake/datagram.ts';
import type { Intake } from './intake/intake.ts';
import type { DaemonLog } from './log/daemon-log.ts';
import { openMemorySpool } from './spool/memory-spool.ts';
import type { Spool } from './spool/spool.ts';
import { version } from './version.ts';

export interface DaemonOptions {
  readonly log: DaemonLog;
  /** The flag -m: told when a request names no method. */
  readonly defaultMethod?: string;
}

interface Listening {
  readonly intake: Intake;
  readonly setting: SocketSetting;
  /** Stops reading; resolves when all that was read is in the spool. */
  stop(): Promise<void>;
}

export class Daemon {
  readonly #options: DaemonOptions;
  readonly #spool: Spool;
  readonly #counts: Counts;
  readonly #startedAt = Date.now();
  #generation: Generation;
  #dispatch: Dispatch;
  #listening: readonly Listening[] = [];
  #control: ControlServer | undefined;
  #reloading: Promise<void> = Promise.resolve();

  private constructor(options: DaemonOptions, spool: Spool, generation: Generation, counts: Counts) {
    this.#options = options;
    this.#spool = spool;
    this.#counts = counts;
    this.#generation = generation;
    this.#dispatch = this.#startDispatch();
  }

  /** Everything is ready before the first socket is opened, so that what arrives is never turned away. */
  static async start(configuration: Configuration, options: DaemonOptions): Promise<Daemon> {
    const { log, output } = options.log;
    makeDirectories(configuration);
    const counts = new Counts();
    const spool = openMemorySpool({
      maxBytes: configuration.spoolMaxBytes,
      now: Date.now,
      random: Math.random,
      onShed: (consumer, { entry, reason }) => {
        counts.add('shed', consumer);
        log.error({ id: entry.id, notifier: consumer, reason }, 'a dead letter is thrown away for want of room');
      },
    });
    const { defaultMethod } = options;
    const generation = await openGeneration(configuration, {
      log,
      output,
      ...(defaultMethod === undefined ? {} : { defaultMethod }),
    });
    await register(spool, generation);
    const daemon = new Daemon(options, spool, generation, counts);
    try {
      daemon.#listening = await daemon.#listen(configuration.sockets);
      daemon.#control = await openControl(configuration.controlSocket, {
        log,
        spool,
        generation: () => daemon.#generation,
        dispatch: () => daemon.#dispatch,
      });
    } catch (thrown) {
      await daemon.stop();
      throw thrown;
    }
    const sockets = daemon.#listening.map(({ intake }) => intake.address);
    const notifiers = configuration.notifiers.map(({ name, method }) => `${name} (${method.name})`);
    log.info({ version: version(), pid: process.pid, sockets, notifiers }, 'ready');
    return daemon;
  }

  /** Takes a new configuration, or keeps the old one and rejects with the reason. The sockets stay open. */
  reload(configuration: Configuration): Promise<void> {
    const reloaded = this.#reloading.then(() => this.#reload(configuration));
    this.#reloading = reloaded.catch(() => {});
    return reloaded;
  }

  /** Stops reading, finishes what is under way within shutdown_grace, and gives everything back. */
  async stop(): Promise<void> {
    await this.#reloading;
    const { log } = this.#options.log;
    await this.#control?.close();
    for (const listening of this.#listening) await listening.stop();
    await this.#dispatch.stop(this.#generation.configuration.shutdownGraceMs);
    await this.#generation.close();
    const { last, consumers } = await this.#spool.state();
    for (const { name, cursor, deferred, dead } of consumers) {
      const unfinished = last - cursor + deferred;
      if (unfinished + dead === 0) continue;
      log.warn({ notifier: name, unfinished, dead }, 'the spool is in memory: what is unfinished in it is lost now');
    }
    await this.#spool.close();
    const intake = this.#listening.map(({ intake: { address, counts } }) => ({ address, ...counts() }));
    const upMs = Date.now() - this.#startedAt;
    log.info({ upMs, intake, counts: this.#counts.all() }, 'stopped');
    await this.#options.log.drain();
  }

  async #reload(configuration: Configuration): Promise<void> {
    const { log, output } = this.#options.log;
    const old = this.#generation;
    const { defaultMethod } = this.#options;
    const next = await openGeneration(configuration, {
      log,
      output,
      ...(defaultMethod === undefined ? {} : { defaultMethod }),
    });
    const kept = (setting: SocketSetting) => this.#listening.find((one) => one.setting.path === setting.path);
    let opened: readonly Listening[];
    try {
      opened = await this.#listen(configuration.sockets.filter((setting) => kept(setting) === undefined));
    } catch (thrown) {
      await next.close();
      throw thrown;
    }
    await register(this.#spool, next);
    await this.#dispatch.stop(old.configuration.shutdownGraceMs);
    this.#generation = next;
    this.#dispatch = this.#startDispatch();
    await old.close();
    const names = new Set(next.recipients.map(({ name }) => name));
    for (const { name } of old.recipients) if (!names.has(name)) await this.#spool.forget(name);

    const wanted = new Set(configuration.sockets.map(({ path }) => path));
    for (const one of this.#listening) if (!wanted.has(one.setting.path)) await one.stop();
    this.#listening = [...this.#listening.filter((one) => wanted.has(one.setting.path)), ...opened];
    for (const setting of configuration.sockets) {
      const { mode, group } = kept(setting)?.setting ?? setting;
      if (mode === setting.mode && group === setting.group) continue;
      log.warn(
        { socket: setting.path },
        'a changed notifysocket_mode or notifysocket_group is in force after a restart',
      );
    }
    log.level = configuration.logLevel;
    log.info({ files: configuration.files }, 'reloaded');
  }

  #startDispatch(): Dispatch {
    const { log } = this.#options.log;
    const observer = logObserver({ log, counts: this.#counts, now: Date.now });
    const parts = { spool: this.#spool, log, observer, now: Date.now, random: Math.random };
    return startDispatch(this.#generation.recipients, parts);
  }

  /** Opens all of these sockets, or none. */
  async #listen(settings: readonly SocketSetting[]): Promise<readonly Listening[]> {
    const { log } = this.#options.log;
    const listening: Listening[] = [];
    try {
      for (const setting of settings) {
        const { path, mode, group } = setting;
        const intake = openDatagramIntake({ address: path, mode, log, ...(group === undefined ? {} : { group }) });
        listening.push(startIntake(intake, setting, this.#spool, (reason) => log.fatal({ reason }, 'intake ended')));
      }
    } catch (thrown) {
      for (const one of listening) await one.stop();
      throw thrown;
    }
    return listening;
  }
}

/** The daemon's own directory, and those of its sockets that are in it. Any other must be there. */
function makeDirectories({ directory, sockets }: Configuration): void {
  const own = resolve(directory);
  const inside = sockets.map(({ path }) => dirname(resolve(path))).filter((path) => path.startsWith(`${own}/`));
  for (const path of [own, ...inside]) {
    try {
      mkdirSync(path, { recursive: true, mode: 0o750 });
    } catch (thrown) {
      throw new BelfryError(
        'SOCKET_CREATE',
        `the directory ${path} cannot be made: ${messageOf(thrown)}; see configdirectory`,
      );
    }
  }
}

function startIntake(
  intake: Intake,
  setting: SocketSetting,
  spool: Spool,
  onFailure: (reason: string) => void,
): Listening {
  const stop = new AbortController();
  const accept: Parameters<Intake['run']>[0] = async (requests) => {
    await spool.append(requests);
  };
  const running = intake.run(accept, stop.signal).catch((thrown: unknown) => onFailure(messageOf(thrown)));
  return {
    intake,
    setting,
    async stop() {
      stop.abort();
      await running;
      await intake.close();
    },
  };
}

/** Makes the cursors of all notifiers, so that the log keeps for them whatever arrives from now on. */
async function register(spool: Spool, { recipients }: Generation): Promise<void> {
  for (const { name } of recipients) await spool.consumer(name);
}
