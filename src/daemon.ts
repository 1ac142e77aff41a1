/** The composition root: builds the parts, starts them, exchanges them at a reload, stops them. */
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ControlServer } from './admin/control-server.ts';
import type { Configuration, SocketSetting } from './config/configuration.ts';
import { openControl } from './control.ts';
import { Counts } from './count.ts';
import { type Dispatch, startDispatch } from './dispatch/dispatch.ts';
import { logObserver } from './dispatch/observer.ts';
import { type Engine, type Listening, openEngine } from './engine.ts';
import { BelfryError, messageOf } from './error.ts';
import { type Generation, openGeneration } from './generation.ts';
import type { DaemonLog } from './log/daemon-log.ts';
import { registerConsumers } from './registration.ts';
import { version } from './version.ts';

export interface DaemonOptions {
  readonly log: DaemonLog;
  /** The flag -m: told when a request names no method. */
  readonly defaultMethod?: string;
  /** Nothing can be taken any more: the process must end, to be started again. */
  readonly onFailure: (reason: string) => void;
}

export class Daemon {
  readonly #options: DaemonOptions;
  readonly #engine: Engine;
  readonly #counts: Counts;
  readonly #startedAt = Date.now();
  #generation: Generation;
  #dispatch: Dispatch;
  #listening: readonly Listening[] = [];
  #control: ControlServer | undefined;
  #reloading: Promise<void> = Promise.resolve();

  private constructor(options: DaemonOptions, engine: Engine, generation: Generation, counts: Counts) {
    this.#options = options;
    this.#engine = engine;
    this.#counts = counts;
    this.#generation = generation;
    this.#dispatch = this.#startDispatch();
  }

  /** Everything is ready before the first socket is opened, so that what arrives is never turned away. */
  static async start(configuration: Configuration, options: DaemonOptions): Promise<Daemon> {
    const { log, output } = options.log;
    makeDirectories(configuration);
    const counts = new Counts();
    const engine = await openEngine(configuration, {
      log,
      putLine: options.log.putLine,
      onShed: (consumer, { entry, reason }) => {
        counts.add('shed', consumer);
        log.error({ id: entry.id, notifier: consumer, reason }, 'a dead letter is thrown away for want of room');
      },
      onFailure: options.onFailure,
    });
    const { spool } = engine;
    const { defaultMethod } = options;
    let generation: Generation;
    try {
      generation = await openGeneration(configuration, {
        log,
        output,
        counts,
        ...(defaultMethod === undefined ? {} : { defaultMethod }),
      });
      await registerConsumers(spool, generation.recipients, log);
    } catch (thrown) {
      await engine.close();
      throw thrown;
    }
    const daemon = new Daemon(options, engine, generation, counts);
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
    const sockets = daemon.#listening.map(({ address }) => address);
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
    const intake = [];
    for (const one of this.#listening) intake.push({ address: one.address, ...(await one.stop()) });
    await this.#dispatch.stop(this.#generation.configuration.shutdownGraceMs);
    await this.#generation.close();
    await this.#sayWhatIsLeft();
    await this.#engine.close();
    log.info({ upMs: Date.now() - this.#startedAt, intake, counts: this.#counts.all() }, 'stopped');
    await this.#options.log.drain();
  }

  async #sayWhatIsLeft(): Promise<void> {
    const { log } = this.#options.log;
    const { last, consumers } = await this.#engine.spool.state();
    for (const { name, cursor, deferred, dead } of consumers) {
      const unfinished = last - cursor + deferred;
      if (unfinished + dead === 0) continue;
      if (this.#engine.durable) log.info({ notifier: name, unfinished, dead }, 'stays in the spool');
      else log.warn({ notifier: name, unfinished, dead }, 'is lost with the spool in memory');
    }
  }

  async #reload(configuration: Configuration): Promise<void> {
    const { log, output } = this.#options.log;
    const old = this.#generation;
    const { defaultMethod } = this.#options;
    const next = await openGeneration(configuration, {
      log,
      output,
      counts: this.#counts,
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
    await this.#dispatch.stop(old.configuration.shutdownGraceMs);
    await registerConsumers(this.#engine.spool, next.recipients, log);
    this.#generation = next;
    this.#dispatch = this.#startDispatch();
    await old.close();

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
    const parts = { spool: this.#engine.spool, log, observer, now: Date.now, random: Math.random };
    return startDispatch(this.#generation.recipients, parts);
  }

  /** Opens all of these sockets, or none. */
  async #listen(settings: readonly SocketSetting[]): Promise<readonly Listening[]> {
    const listening: Listening[] = [];
    try {
      for (const setting of settings) listening.push(await this.#engine.listen(setting));
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
