/** What one reading of the configuration makes: schemas, filters, opened notifiers. A reload makes the next one. */
import type { Logger } from 'pino';
import { BelfryError, messageOf } from '../base/error.ts';
import type { LineSink } from '../base/line-sink.ts';
import type { Entry, Position } from '../base/request.ts';
import { settlesWithin } from '../base/settles-within.ts';
import type { Configuration, DispatchSettings, NotifierConfiguration } from '../config/configuration.ts';
import type { Recipient } from '../dispatch/recipient.ts';
import { Call } from '../dispatch/seldom.ts';
import { unusableRecipient } from '../dispatch/unusable-consumer.ts';
import type { Chooser } from '../examine/choose.ts';
import type { Examined, ExamineParts } from '../examine/examine.ts';
import { createExaminer, type Examiner } from '../examine/examiner.ts';
import type { Repetitions } from '../examine/repetitions.ts';
import { compileRouting, type Routing } from '../examine/routing.ts';
import { compileFilter, type Filter } from '../filter/filter.ts';
import { compileReduction } from '../filter/reduction.ts';
import { compileSelection } from '../filter/selection.ts';
import { compileSpecialUse, type SpecialUse } from '../filter/special-use.ts';
import type { RequestCounts } from '../metrics/request-counts.ts';
import type { Notifier } from '../notifier/notifier.ts';
import { loadSchemas } from '../schema/load-schemas.ts';
import { holdReasonOf } from './hold-reason.ts';
import { servicesFor } from './notifier-services.ts';
import { findTracing } from './open-telemetry.ts';
import { sieveWarnings } from './sieve-warnings.ts';
import type { SuspectedLosses } from './suspected-losses.ts';
import { compileExpressions } from './when-expressions.ts';

/** The pure part of a configuration, ready to examine entries: all that `belfry explain` needs. */
export interface Rules {
  readonly parts: ExamineParts;
  readonly choosers: readonly Chooser[];
  readonly specialUse: SpecialUse;
}

/**
 * `defaultMethod` (the flag -m) takes the place of default_notifiers. Throws BelfryError SCHEMA, USAGE, or CONFIGURATION for a
 * wrong expression, which `belfry check` and a daemon that starts have found before.
 */
export async function compileRules(configuration: Configuration, defaultMethod?: string): Promise<Rules> {
  const notifiers = allNotifiers(configuration);
  const settings = {
    ...configuration,
    notifiers: notifiers.map(({ name, method, builtIn }) => ({
      name,
      methods: [method.name, ...method.aliases],
      builtIn,
    })),
  };
  const schemas = await loadSchemas(
    configuration.schemaDirectory === undefined ? {} : { override: configuration.schemaDirectory },
  );
  const defaultNotifiers =
    defaultMethod === undefined ? configuration.defaultNotifiers : meantBy(defaultMethod, compileRouting(settings));
  const specialUse = compileSpecialUse(configuration.specialUse);
  // Notifiers with the same choice share one filter, so that its result is worked out once.
  const filters = new Map<unknown, Filter>();
  const filterFor = ({ filters: choice }: NotifierConfiguration): Filter => {
    const filter = filters.get(choice) ?? compileFilter({ ...choice, specialUse });
    filters.set(choice, filter);
    return filter;
  };
  const { whens, mistakes } = await compileExpressions(notifiers, schemas);
  for (const [name, { problem }] of mistakes) {
    throw new BelfryError('CONFIGURATION', `${name}_when: ${problem.message}; belfry check shows the place`);
  }
  return {
    specialUse,
    parts: {
      schemas,
      rejectUnknownEvents: configuration.unknownEvents === 'reject',
      routing: compileRouting({ ...settings, defaultNotifiers }),
    },
    choosers: notifiers.map((notifier) => {
      const unfit = notifier.method.unfit?.(notifier.values);
      const when = whens.get(notifier.name);
      const hold = holdReasonOf(notifier);
      const reduce = compileReduction(notifier.selection.content ?? 'full');
      return {
        name: notifier.name,
        filter: filterFor(notifier),
        selection: compileSelection(notifier.selection),
        ...(when === undefined ? {} : { when }),
        ...(reduce === undefined ? {} : { reduce }),
        order: notifier.dispatch.order,
        ...(hold === undefined ? {} : { hold }),
        ...(unfit === undefined ? {} : { unfit }),
      };
    }),
  };
}

function allNotifiers({ notifiers, builtIns }: Configuration): readonly NotifierConfiguration[] {
  return [...notifiers, ...builtIns];
}

function meantBy(method: string, routing: Routing): readonly string[] {
  const recipients = routing({ method, class: '' });
  if ('names' in recipients) return [...recipients.names];
  throw new BelfryError('USAGE', `-m ${method}: ${recipients.refused}`);
}

export interface Generation {
  readonly configuration: Configuration;
  readonly recipients: readonly Recipient[];
  readonly examiner: Pick<Examiner, 'about' | 'event' | 'flaw'>;
  /** Closes the notifiers: resolves within seconds, and abandons one that hangs. */
  close(): Promise<void>;
}

export interface GenerationParts {
  readonly log: Logger;
  readonly output: LineSink;
  /** Told of each usable entry. */
  readonly losses: Pick<SuspectedLosses, 'see'>;
  /** What requests are counted by. Default: they are not. */
  readonly requests?: RequestCounts;
  readonly defaultMethod?: string;
  /** Entries that must not be examined. */
  readonly condemned?: ReadonlySet<Position>;
  /** What is remembered of entries from one generation to the next. Default: nothing. */
  readonly repetitions?: Repetitions;
  /** Aborts when the opening takes too long. */
  readonly signal?: AbortSignal;
  /** How long notifiers may take to close, in milliseconds. */
  readonly closeMs?: number;
}

/** A disk that hangs may keep a file open for ever. Dispatch has ended by then, so that nothing useful is waited for. */
const defaultCloseMs = 3000;

/**
 * Opens all notifiers, or none: what had been opened is closed again when one cannot be. Throws BelfryError NOTIFIER_OPEN,
 * also for one that has not opened when `signal` aborts.
 */
export async function openGeneration(configuration: Configuration, parts: GenerationParts): Promise<Generation> {
  const { log, signal, closeMs = defaultCloseMs } = parts;
  const rules = await compileRules(configuration, parts.defaultMethod);
  const unusable = new Call();
  const seldom = seldomWanted(configuration, rules);
  const onExamined = ({ flaw, recipients }: Examined): void => {
    if (flaw !== undefined) unusable.call();
    for (const [name, call] of seldom) if (recipients.has(name)) call.call();
  };
  const examiner = createExaminer(rules.parts, parts.condemned, parts.repetitions, onExamined);
  const opened = new Map<string, Notifier>();
  const tracing = await findTracing(log);
  const close = async (): Promise<void> => {
    const closing = [...opened].map(([name, notifier]) => closeOne(name, notifier, log, closeMs));
    opened.clear();
    await Promise.all(closing);
    await tracing?.flush();
  };
  try {
    const warn = sieveWarnings(examiner, rules.choosers, log);
    const onSound = (entry: Entry): void => {
      parts.losses.see(entry, examiner.event(entry));
      parts.requests?.usable(examiner.about(entry));
      warn(entry);
    };
    const onFlawed = (entry: Entry): void => parts.requests?.unusable(examiner.stageOf(entry) ?? 'defect');
    parts.requests?.know(rules.parts.schemas.catalogue().map(({ name }) => name));
    const recipients: Recipient[] = [unusableRecipient(examiner, onSound, unusable, onFlawed)];
    const shared = { log, output: parts.output, specialUse: rules.specialUse };
    for (const [i, one] of allNotifiers(configuration).entries()) {
      const { name, method, values, dispatch } = one;
      const chooser = rules.choosers[i];
      if (chooser === undefined) continue;
      const opening = method.open(values, servicesFor(one, configuration, shared));
      const notifier = await openedInTime(name, opening, signal);
      opened.set(name, notifier);
      const call = seldom.get(name);
      recipients.push({
        name,
        notifier,
        policy: dispatch,
        from: dispatch.from,
        ...(call && { seldom: call, follows: true }),
        asReceived: dispatch.order === 'received',
        ...holdingOf(examiner, notifier, dispatch),
        ...(tracing && { tracer: tracing.tracer(name, method.name) }),
        recognise: (entry) => examiner.recognise(entry),
        route: (entry) => examiner.route(entry, chooser),
      });
    }
    return { configuration, recipients, examiner, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** What a notifier needs that holds events back. */
function holdingOf(
  examiner: Pick<Examiner, 'together' | 'messages'>,
  { digest }: Notifier,
  { hold }: Pick<DispatchSettings, 'hold'>,
): Pick<Recipient, 'together' | 'messages'> {
  if (digest === undefined && hold === undefined) return {};
  const by = digest === undefined ? (hold?.by ?? 'user') : 'user';
  return { together: (entry) => examiner.together(entry, by), messages: (entry) => examiner.messages(entry) };
}

/** The built-in notifiers that only a request gets at which names them. */
function seldomWanted({ builtIns }: Configuration, { parts }: Rules): ReadonlyMap<string, Call> {
  const usual = parts.routing({ method: '', class: '' });
  const isUsual = (name: string): boolean => 'names' in usual && usual.names.has(name);
  return new Map(builtIns.flatMap(({ name }) => (isUsual(name) ? [] : [[name, new Call()] as const])));
}

/** What is opened after all is closed at once. */
function openedInTime(name: string, opening: Promise<Notifier>, signal?: AbortSignal): Promise<Notifier> {
  if (signal === undefined) return opening;
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      const remedy = 'check whether a disk or a file that it needs hangs';
      reject(new BelfryError('NOTIFIER_OPEN', `notifier ${name}: did not open in time; ${remedy}`));
      opening.then((late) => late.close()).catch(() => {});
    };
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    const settle = (): void => {
      signal.removeEventListener('abort', giveUp);
      resolve(opening);
    };
    opening.then(settle, settle);
  });
}

async function closeOne(name: string, notifier: Notifier, log: Logger, closeMs: number): Promise<void> {
  const closing = notifier.close().catch((thrown: unknown) => {
    log.warn({ notifier: name, reason: messageOf(thrown) }, 'a notifier did not close cleanly');
  });
  if (await settlesWithin(closing, closeMs)) return;
  log.warn({ notifier: name }, 'a notifier did not close in time, perhaps because a disk hangs; continuing without it');
}
