/** Loads the configuration: from files to checked values, with everything that is wrong and where each value comes from. */
import { hostname } from 'node:os';
import { dlistOptions } from '../intake/dlist/dlist-kind.ts';
import { httpOptions } from '../intake/http/http-options.ts';
import type { IntakeKind } from '../intake/intake.ts';
import { intakeKinds } from '../intake/table.ts';
import type { Method } from '../notifier/notifier.ts';
import { docsOf, type OptionRecord } from '../option/option.ts';
import { adminOptions } from './admin-options.ts';
import { adminSettings } from './admin-sockets.ts';
import { type Configuration, filterChoice } from './configuration.ts';
import { cyrusHazards } from './cyrus-hazards.ts';
import { createEvaluator, type InForce } from './evaluator.ts';
import { formerNamesUsed } from './former-options.ts';
import { daemonOptions, eventOptions, filterOptions, requestOptions, socketOptions } from './global-options.ts';
import { httpSettings } from './http-sockets.ts';
import { nameNotifiers } from './notifier-names.ts';
import { resolveTargets } from './notifier-targets.ts';
import { configureNotifiers } from './notifiers.ts';
import { type ConfigProblem, type OptionPlace, placeOf as placeOfSetting, problemList } from './problem.ts';
import { readText } from './read-text.ts';
import { readConfiguration } from './reader.ts';
import { servicePrefix, withoutService } from './service-prefix.ts';
import { controlIsNotify, datagramDefaults, dlistDefaults, socketSettings } from './sockets.ts';
import { commonTable, fullTable } from './table.ts';
import { holdsSecret, typoInText, typos } from './typos.ts';
import { undeliverable } from './undeliverable.ts';
import { judgeUnknown } from './unknown-options.ts';

/** What spool_max_size is when it is not set. */
const defaultSpoolBytes = 1024 ** 3;

export interface Loaded {
  /** Absent when there is an error among the problems. */
  readonly configuration?: Configuration;
  /** What can be read of it in any case: defaults stand in for values that are wrong, and notifiers that are wrong are left out. */
  readonly readable: Configuration;
  /** Where the value of an option stands: of the first of these names that is written; else the last one, where the main file begins. */
  readonly placeOf: (...names: readonly [string, ...string[]]) => OptionPlace;
  /** Where secrets stand that are written in the files themselves. */
  readonly secrets: readonly OptionPlace[];
  /** All of them: what the files say wrongly first, in their order, then what concerns the whole. */
  readonly problems: readonly ConfigProblem[];
  /** Every value, also when there are errors. */
  readonly inForce: readonly InForce[];
  /** The files that were read, the main one first. */
  readonly files: readonly string[];
  /** How many options of Cyrus there are that belfry has no use for. */
  readonly ignored: number;
}

export interface LoadOptions {
  readonly methods: readonly Method[];
  /** Default: the table of belfry. */
  readonly intakes?: readonly IntakeKind[];
  /** Answers with the text of a file, or throws. */
  readonly read?: (path: string) => string;
  readonly environment?: { readonly hostname: string };
}

/** Throws BelfryError NO_INPUT when `file` cannot be read; everything else that is wrong is among the problems. */
export function loadConfiguration(
  file: string,
  { methods, intakes = intakeKinds, read = readText, environment = { hostname: hostname() } }: LoadOptions,
): Loaded {
  const { files, settings, problems: fromReader } = readConfiguration(file, read);
  const main = { file, line: 1 };
  const problems = problemList();
  for (const problem of fromReader) problems.add(problem);

  const evaluator = createEvaluator(settings, problems);
  const global = <O extends OptionRecord>(section: string, record: O) =>
    evaluator.evaluate({ section, record, names: (key) => [key] }).values;

  const daemon = global('Daemon', daemonOptions);
  const socket = global('Socket', socketOptions);
  const stream = global('Stream', dlistOptions);
  const http = global('HTTP', httpOptions);
  const others = intakes.flatMap(({ options, settings }) =>
    settings === undefined ? [] : [settings.read(global(settings.section, options))],
  );
  const admin = global('Administration', adminOptions);
  const request = global('Requests', requestOptions);
  // What stands in an included file is for Cyrus, which applies it itself before it sends.
  const specialUseIsOurs = ['special_use', 'event_exclude_specialuse'].some((option) => {
    const setting = evaluator.find(option);
    return setting !== undefined && (setting.name.startsWith(servicePrefix) || setting.file === main.file);
  });
  const filters = filterChoice(global('Filters', filterOptions), specialUseIsOurs);
  const events = global('Events', eventOptions);

  const common = commonTable(methods);
  const names = nameNotifiers(methods, common, evaluator, problems);
  const servername = daemon.servername ?? environment.hostname;
  const defaults = { filters, servername, postmaster: request.postmaster };
  const notifiers = configureNotifiers(names, defaults, evaluator, problems, main);
  const unusable = new Set([...names.configured.map(({ name }) => name), ...names.refused]);
  const targets = resolveTargets(methods, notifiers, (name) => unusable.has(name), evaluator, problems);
  const maxBytes = daemon.spool_max_size ?? defaultSpoolBytes;
  const { dlist, problem: tooLong } = dlistDefaults(stream, maxBytes);
  const { sockets, problems: socketProblems } = socketSettings(
    socket,
    dlist,
    evaluator.find('notifysocket') !== undefined,
  );
  const paths = sockets.flatMap(({ path }) => (path === undefined ? [] : [[path, 'notifysocket'] as const]));
  const taken = new Map([[daemon.control_socket, 'control_socket'], ...paths]);
  const overHttp = httpSettings(http, maxBytes, taken);
  const httpPaths = overHttp.sockets.flatMap(({ path }) =>
    path === undefined ? [] : [[path, 'http_listen'] as const],
  );
  const administration = adminSettings(admin, new Map([...taken, ...httpPaths]));
  const ofIntakes = [
    ...socketProblems.map((problem) => ({ ...problem, option: 'notifysocket' })),
    ...(paths.some(([path]) => path === daemon.control_socket) ? [controlIsNotify(daemon.control_socket)] : []),
    ...(tooLong === undefined ? [] : [{ ...tooLong, option: 'dlist_max_size' }]),
    ...overHttp.problems,
    ...administration.problems,
    ...others.flatMap(({ problems = [] }) => problems),
  ];
  const placeOf: Loaded['placeOf'] = (...options) => {
    return placeOfSetting(evaluator.find(...options) ?? { ...main, name: options.at(-1) ?? options[0] });
  };
  for (const { option, ...problem } of ofIntakes) problems.add({ ...problem, ...placeOf(option) });

  const named = [...names.configured, ...names.builtIn];
  const table = fullTable(common, named);
  const judge = judgeUnknown(methods, names, common, table, (option) => evaluator.find(option) !== undefined);
  let ignored = 0;
  const secrets: OptionPlace[] = [];
  for (const setting of settings) {
    const name = withoutService(setting.name);
    const option = table.get(name);
    // One that its service form overrides is for others: its value is their business.
    if (option && evaluator.find(name) === setting) {
      const right = evaluator.check(setting, option);
      const typo = right ? typoInText(option, setting.value) : undefined;
      const { file: path, line } = setting;
      const isReported = problems.all.some((one) => one.severity === 'error' && one.file === path && one.line === line);
      if (typo !== undefined && !isReported) problems.add({ ...placeOfSetting(setting), ...typo });
      if (docsOf(option).secret && holdsSecret(option, setting.value)) secrets.push(placeOfSetting(setting));
    }
    if (option) continue;
    const judgement = judge(setting.name);
    if (judgement) problems.add({ ...placeOfSetting(setting), ...judgement });
    else ignored += 1;
  }
  const isNotifier = (name: string): boolean => named.some((notifier) => notifier.name === name);
  const hasOwnTypes = events.schema_directory !== undefined;
  for (const warning of [
    ...typos(settings, isNotifier, hasOwnTypes),
    ...undeliverable(notifiers.notifiers, placeOf),
    ...cyrusHazards(settings),
    ...formerNamesUsed(settings, named),
  ]) {
    problems.add(warning);
  }

  const inForce = evaluator.inForce.map((one) => (one.option === 'servername' ? { ...one, value: servername } : one));
  const readable: Configuration = {
    files,
    inForce,
    directory: daemon.configdirectory,
    servername,
    postmaster: request.postmaster,
    logLevel: daemon.log_level,
    logDeliveries: daemon.log_deliveries,
    spool: {
      engine: daemon.spool_engine,
      directory: daemon.spool_directory,
      maxBytes,
      retentionMs: daemon.spool_retention,
    },
    controlSocket: daemon.control_socket,
    admin: administration.settings,
    dispatchNice: daemon.dispatch_nice,
    shutdownGraceMs: daemon.shutdown_grace,
    sockets: [...sockets, ...overHttp.sockets],
    otherIntakes: others.flatMap(({ settings }) => settings),
    http: overHttp.defaults,
    dlist,
    datagram: datagramDefaults(socket),
    filters,
    specialUse: [...events.special_use].flatMap(([attribute, patterns]) =>
      patterns.map((pattern) => ({ pattern, attribute })),
    ),
    unknownEvents: events.unknown_events,
    ...(events.schema_directory === undefined ? {} : { schemaDirectory: events.schema_directory }),
    ...notifiers,
    ...targets,
  };
  return withProblems({ problems: problems.all, inForce, files, ignored, readable, placeOf, secrets }, []);
}

/** With more problems, in the order of the files; without a configuration if one of them is an error. */
export function withProblems({ configuration: _, ...loaded }: Loaded, more: readonly ConfigProblem[]): Loaded {
  const rank = new Map(loaded.files.map((path, index) => [path, index]));
  const order = ({ file: path }: ConfigProblem): number => rank.get(path) ?? loaded.files.length;
  const problems = [...loaded.problems, ...more].toSorted((a, b) => order(a) - order(b) || a.line - b.line);
  const isRight = problems.every(({ severity }) => severity !== 'error');
  return { ...loaded, problems, ...(isRight ? { configuration: loaded.readable } : {}) };
}
