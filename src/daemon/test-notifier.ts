/**
 * Tries one notifier of a configuration, for `belfry test`: opens it, makes one attempt with a sample event, closes it. No
 * daemon is needed and none notices: the event is in no spool, and what the notifier remembers in files is not touched.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { BelfryError, messageOf } from '../base/error.ts';
import { isJsonObject, type JsonObject, writeJson } from '../base/event.ts';
import type { LineSink } from '../base/line-sink.ts';
import type { Entry } from '../base/request.ts';
import { settlesWithin } from '../base/settles-within.ts';
import type { Configuration, NotifierConfiguration } from '../config/configuration.ts';
import { attempt } from '../dispatch/attempt.ts';
import { SignalPool } from '../dispatch/call-time.ts';
import { type Chooser, choose } from '../examine/choose.ts';
import { examine } from '../examine/examine.ts';
import { testParameter } from '../filter/reduction.ts';
import type { FilterReason } from '../filter/rule.ts';
import type { Notification, Outcome } from '../notifier/notifier.ts';
import type { TestRun } from '../notifier/test-run.ts';
import { nearest } from '../option/nearest.ts';
import type { EventDescription } from '../schema/event-schemas.ts';
import { compileRules, type Rules } from './generation.ts';
import { servicesFor } from './notifier-services.ts';

export interface TestedNotifier {
  readonly notifier: string;
  readonly method: string;
  /** Type of the event, and the id under which the receiver has it. */
  readonly event: string;
  readonly id: string;
  /** Why the notifier would not get the event from a mail server: it has been sent all the same. */
  readonly filteredBy?: FilterReason;
  readonly outcome: Outcome;
  readonly durationMs: number;
}

/** The types that are tried first where none is asked for. */
const usualTypes = ['MessageNew', 'vnd.dovecot.MessageNew', 'MessageAppend'];
/** How long it may take to close, in milliseconds. */
const closeMs = 3000;

/**
 * `type`: of the event; absent: the first of which the notifier gets the example. Aborting `stop` ends the attempt. Throws
 * BelfryError USAGE for a notifier or type that there is not, and NOTIFIER_OPEN.
 */
export async function testNotifier(
  configuration: Configuration,
  name: string,
  type: string | undefined,
  test: TestRun,
  stop: AbortSignal,
): Promise<TestedNotifier> {
  const configured = notifierNamed(configuration, name);
  const { method, values, dispatch } = configured;
  const rules = await compileRules(configuration);
  const chooser = rules.choosers.find((one) => one.name === configured.name);
  if (chooser === undefined) throw new BelfryError('INTERNAL', `notifier ${name} has no rules`);
  const { event, notification, filteredBy } = sample(rules, chooser, type);

  const directory = mkdtempSync(join(tmpdir(), 'belfry-test-'));
  try {
    const log = pino({ level: 'warn', base: null }, { write: (line) => test.trace('note', noteOf(line)) });
    // What the method log writes there it reports as well.
    const output: LineSink = { write: async () => {} };
    const shared = { log, output, specialUse: rules.specialUse };
    const services = { ...servicesFor(configured, configuration, shared), directory, test };
    const notifier = await method.open(values, services);
    const recipient = { name: configured.name, notifier, policy: dispatch, route: () => choosing };
    const delivery = { notification, attempt: 1, lane: 'test' };
    const { outcomes, durationMs } = await attempt(
      recipient,
      [delivery],
      { now: Date.now, log, signals: new SignalPool() },
      stop,
    );
    await settlesWithin(
      notifier.close().catch((thrown: unknown) => test.trace('note', messageOf(thrown))),
      closeMs,
    );
    const [outcome = { status: 'retry', reason: 'the notifier answered nothing' } as const] = outcomes;
    const tested = { notifier: configured.name, method: method.name, event, id: notification.id };
    return { ...tested, ...(filteredBy === undefined ? {} : { filteredBy }), outcome, durationMs };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** An attempt asks for no route. */
const choosing = { kind: 'unusable', reason: '' } as const;

function notifierNamed({ notifiers, builtIns }: Configuration, name: string): NotifierConfiguration {
  const all = [...notifiers, ...builtIns];
  const found = all.find((one) => one.name === name.toLowerCase());
  if (found !== undefined) return found;
  const names = all.map((one) => one.name);
  const similar = nearest(name, names);
  const remedy = similar === undefined ? `there are ${names.join(' ')}` : `did you mean ${similar}?`;
  throw new BelfryError('USAGE', `no notifier is called ${JSON.stringify(name.slice(0, 100))}: ${remedy}`);
}

interface Sample {
  readonly event: string;
  readonly notification: Notification;
  readonly filteredBy?: FilterReason;
}

function sample(rules: Rules, chooser: Chooser, type: string | undefined): Sample {
  const catalogue = rules.parts.schemas.catalogue().filter(({ example }) => example !== undefined);
  const wanted = catalogue.filter(({ name }) => name.toLowerCase() === (type ?? name).toLowerCase());
  const first = usualTypes.flatMap((usual) => wanted.filter(({ name }) => name === usual));
  const samples = [...first, ...wanted].map((description) => sampleOf(rules, chooser, description));
  const [best = samples[0]] = samples.filter(({ filteredBy }) => filteredBy === undefined);
  if (best !== undefined) return best;
  const names = catalogue.map(({ name }) => name);
  const similar = nearest(type ?? '', names);
  const remedy = similar === undefined ? 'belfry events lists them' : `did you mean ${similar}?`;
  throw new BelfryError('USAGE', `no event is called ${JSON.stringify(type?.slice(0, 100))}: ${remedy}`);
}

/** What the notifier gets of the example of a type, marked as a test. */
function sampleOf({ parts }: Rules, chooser: Chooser, { name, example = {} }: EventDescription): Sample {
  const event: JsonObject = { ...example, event: name, timestamp: new Date().toISOString(), [testParameter]: true };
  const request = { format: 'event', bytes: Buffer.from(writeJson(event)) } as const;
  const entry: Entry = { position: 1, id: `test-${randomUUID()}`, receivedAt: Date.now(), request };
  const examined = { ...examine(request, parts), recipients: new Set([chooser.name]) };
  const route = choose(entry, examined, chooser, {});
  if (route.kind === 'deliver') return { event: name, notification: route.notification };
  const { when: _, ...others } = chooser;
  const open = choose(entry, examined, { ...others, filter: passAll, selection: () => undefined }, {});
  if (open.kind !== 'deliver') throw new BelfryError('INTERNAL', `the example of ${name} cannot be delivered`);
  return { event: name, notification: open.notification, filteredBy: route.reason };
}

const passAll: Chooser['filter'] = (event) => ({ pass: true, event, changes: [] });

/** Of a line of the log: the message, and the reason where there is one. */
function noteOf(line: string): string {
  const record: unknown = JSON.parse(line);
  const { msg, reason, err } = (isJsonObject(record as JsonObject) ? record : {}) as Record<string, unknown>;
  const more = typeof reason === 'string' ? reason : isJsonObject(err as JsonObject) ? messageIn(err) : undefined;
  return more === undefined ? String(msg) : `${msg}: ${more}`;
}

function messageIn(error: unknown): string {
  return String((error as { message?: unknown }).message);
}
