/** Loads the configuration: from files to checked values, with everything that is wrong and where each value comes from. */
import { hostname } from 'node:os';
import type { Method } from '../notifier/notifier.ts';
import type { OptionRecord } from '../option/option.ts';
import { type Configuration, filterChoice } from './configuration.ts';
import { cyrusHazards } from './cyrus-hazards.ts';
import { resolveDestinations } from './destinations.ts';
import { dlistOptions } from './dlist-options.ts';
import { createEvaluator, type InForce, withoutService } from './evaluator.ts';
import { daemonOptions, eventOptions, filterOptions, requestOptions, socketOptions } from './global-options.ts';
import { type HttpFileTrials, httpFileFaults } from './http-files.ts';
import { httpOptions } from './http-options.ts';
import { httpSettings } from './http-sockets.ts';
import { nameNotifiers } from './notifier-names.ts';
import { configureNotifiers } from './notifiers.ts';
import { type ConfigProblem, problemList } from './problem.ts';
import { readText } from './read-text.ts';
import { readConfiguration } from './reader.ts';
import { slips } from './slips.ts';
import { dlistDefaults, socketSettings } from './sockets.ts';
import { commonTable, fullTable } from './table.ts';
import { judgeUnknown } from './unknown-options.ts';

/** What spool_max_size is when it is not set. */
const spoolBytes = { lmdb: 1024 ** 3, memory: 64 * 1024 ** 2 };

export interface Loaded {
  /** Absent when there is an error among the problems. */
  readonly configuration?: Configuration;
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
  /** Answers with the text of a file, or throws. */
  readonly read?: (path: string) => string;
  readonly environment?: { readonly hostname: string };
  /** Absent: what the options of HTTP name is not opened. */
  readonly httpFiles?: HttpFileTrials;
}

/** Throws BelfryError NO_INPUT when `file` cannot be read; everything else that is wrong is among the problems. */
export function loadConfiguration(
  file: string,
  { methods, read = readText, environment = { hostname: hostname() }, httpFiles }: LoadOptions,
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
  const request = global('Requests', requestOptions);
  const filters = filterChoice(global('Filters', filterOptions));
  const events = global('Events', eventOptions);

  const common = commonTable(methods);
  const names = nameNotifiers(methods, common, evaluator, problems);
  const notifiers = configureNotifiers(names, filters, evaluator, main);
  const destinations = resolveDestinations(methods, notifiers, evaluator, problems);
  const maxBytes = daemon.spool_max_size ?? spoolBytes[daemon.spool_engine];
  const { dlist, fault: tooLong } = dlistDefaults(stream, maxBytes);
  const { sockets, faults } = socketSettings(socket, dlist, evaluator.find('notifysocket') !== undefined);
  const paths = sockets.flatMap(({ path }) => (path === undefined ? [] : [[path, 'notifysocket'] as const]));
  const taken = new Map([[daemon.control_socket, 'control_socket'], ...paths]);
  const overHttp = httpSettings(http, maxBytes, taken);
  const inFiles = httpFiles === undefined ? [] : httpFileFaults(overHttp.sockets, overHttp.defaults, httpFiles);
  const ofSockets = [
    ...faults.map((fault) => ({ severity: 'error' as const, ...fault, option: 'notifysocket' })),
    ...(tooLong === undefined ? [] : [{ severity: 'error' as const, ...tooLong, option: 'dlist_max_size' }]),
    ...overHttp.faults,
    ...inFiles,
  ];
  for (const { option, ...fault } of ofSockets) {
    const { file, line, name } = evaluator.find(option) ?? { ...main, name: option };
    problems.add({ file, line, option: name, ...fault });
  }

  const named = [...names.configured, ...names.builtIn];
  const table = fullTable(common, named);
  const judge = judgeUnknown(methods, names, common, table);
  let ignored = 0;
  for (const setting of settings) {
    const name = withoutService(setting.name);
    const option = table.get(name);
    // One that its service form overrides is for others: its value is their business.
    if (option && evaluator.find(name) === setting) evaluator.check(setting, option);
    if (option) continue;
    const { file, line } = setting;
    const judgement = judge(setting.name);
    if (judgement) problems.add({ file, line, option: setting.name, ...judgement });
    else ignored += 1;
  }
  const isNotifier = (name: string): boolean => named.some((notifier) => notifier.name === name);
  for (const warning of [...slips(settings, isNotifier), ...cyrusHazards(settings)]) problems.add(warning);

  const rank = new Map(files.map((path, index) => [path, index]));
  const order = ({ file: path }: ConfigProblem): number => rank.get(path) ?? 0;
  const sorted = problems.all.toSorted((a, b) => order(a) - order(b) || a.line - b.line);
  const servername = daemon.servername ?? environment.hostname;
  const inForce = evaluator.inForce.map((one) => (one.option === 'servername' ? { ...one, value: servername } : one));
  const loaded = { problems: sorted, inForce, files, ignored };
  if (sorted.some(({ severity }) => severity === 'error')) return loaded;

  const configuration: Configuration = {
    files,
    directory: daemon.configdirectory,
    servername,
    postmaster: request.postmaster,
    logLevel: daemon.log_level,
    syslogPrefix: daemon.syslog_prefix ?? '',
    syslogFacility: daemon.syslog_facility,
    spool: {
      engine: daemon.spool_engine,
      directory: daemon.spool_directory,
      maxBytes,
      retentionMs: daemon.spool_retention,
    },
    controlSocket: daemon.control_socket,
    dispatchNice: daemon.dispatch_nice,
    shutdownGraceMs: daemon.shutdown_grace,
    sockets: [...sockets, ...overHttp.sockets],
    http: overHttp.defaults,
    dlist,
    filters,
    specialUse: [...events.special_use].flatMap(([attribute, patterns]) =>
      patterns.map((pattern) => ({ pattern, attribute })),
    ),
    unknownEvents: events.unknown_events,
    ...(events.schema_directory === undefined ? {} : { schemaDirectory: events.schema_directory }),
    ...notifiers,
    ...destinations,
  };
  return { ...loaded, configuration };
}
