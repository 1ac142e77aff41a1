/** Says what belfry makes of a request, by walking the daemon's own path and keeping what it usually throws away. */
import type { JsonObject, MailEvent } from '../base/event.ts';
import type { Entry, RawRequest } from '../base/request.ts';
import type { FilterChange, FilterReason } from '../filter/filter.ts';
import { reductionOf } from '../filter/reduction.ts';
import { excludingOption } from '../filter/special-use.ts';
import type { Notification } from '../notifier/notifier.ts';
import { type Chooser, choose, type Filtered, originOf } from './choose.ts';
import { type Examined, type ExamineParts, examine, type Flaw } from './examine.ts';
import { Repetitions } from './repetitions.ts';

/** What one notifier makes of it. */
export interface NotifierVerdict {
  readonly notifier: string;
  readonly delivers: boolean;
  /** Why it does not get it. */
  readonly reason?: FilterReason;
  /** What the filters changed in the event that it gets. */
  readonly changes: readonly FilterChange[];
  /** What may hold it back before it is delivered. */
  readonly held?: FilterReason;
  /** Why something that one might expect has not been done. */
  readonly note?: string;
  /** What it gets. */
  readonly payload?: JsonObject;
  /** What must stay in order shares this. */
  readonly lane?: string;
}

export interface Explanation {
  readonly bytes: number;
  /** Absent when not even the frame can be read. */
  readonly class?: string;
  readonly method?: string;
  readonly event?: string;
  /** Whether the catalogue has the type of the event. */
  readonly known?: boolean;
  readonly user: string;
  readonly mailbox?: string;
  readonly owner?: string;
  /** What the decoder changed, to make of the sender's own terms those of RFC 5423. */
  readonly changes: readonly string[];
  /** Why no notifier gets it, whatever the filters say. */
  readonly dropped?: string;
  /** With a flaw the request is unusable, and no notifier delivers it. */
  readonly flaw?: Flaw;
  readonly notifiers: readonly NotifierVerdict[];
}

/** What became of a request, and what each notifier that delivers it is given. */
export interface Walked {
  readonly explanation: Explanation;
  readonly notifications: ReadonlyMap<string, Notification>;
}

/**
 * Explains requests one after the other, as if they arrived at the same moment: one that repeats an earlier one is dropped, with
 * the number of that, from 1.
 */
export function explainer(parts: ExamineParts, choosers: readonly Chooser[]): (raw: RawRequest) => Explanation {
  const walk = walker(parts, choosers);
  let number = 0;
  return (raw) => {
    number += 1;
    return walk(raw, { id: `number ${number}`, receivedAt: 0 }).explanation;
  };
}

/** The same, with what the notifiers are given. `as`: under which id, and when, the request is taken to have arrived. */
export function walker(
  parts: ExamineParts,
  choosers: readonly Chooser[],
): (raw: RawRequest, as: Pick<Entry, 'id' | 'receivedAt'>) => Walked {
  const repetitions = new Repetitions();
  let position = 0;
  return (raw, as) => {
    position += 1;
    const entry: Entry = { position, ...as, request: raw };
    const examined = examine(raw, parts);
    repetitions.read(entry, () => (examined.flaw === undefined ? examined.request?.announcement : undefined));
    const notifications = new Map<string, Notification>();
    const note = (name: string, notification: Notification): void => void notifications.set(name, notification);
    const explanation = explanationOf(entry, examined, choosers, repetitions.reasonAt(position)?.detail, note);
    return { explanation, notifications };
  };
}

function explanationOf(
  entry: Entry,
  examined: Examined,
  choosers: readonly Chooser[],
  repeated: string | undefined,
  onDelivery: (name: string, notification: Notification) => void,
): Explanation {
  const { request: raw } = entry;
  const { request, event, known, mailbox, user, flaw } = examined;
  const dropped = request?.dropped ?? repeated;
  const filtered: Filtered = {};
  return {
    bytes: raw.bytes.byteLength,
    ...(request === undefined ? {} : { class: request.class, method: request.method }),
    ...(event === undefined ? {} : { event: event.event }),
    ...(known === undefined ? {} : { known }),
    user,
    ...(mailbox === undefined ? {} : { mailbox: mailbox.name }),
    ...(mailbox?.owner === undefined ? {} : { owner: mailbox.owner }),
    changes: request?.changes ?? [],
    ...(dropped === undefined ? {} : { dropped }),
    ...(flaw === undefined ? {} : { flaw }),
    notifiers: flaw === undefined && dropped === undefined ? choosers.map(verdict) : [],
  };

  function verdict(chooser: Chooser): NotifierVerdict {
    const route = choose(entry, examined, chooser, filtered);
    const { name: notifier } = chooser;
    if (route.kind === 'filtered') return { notifier, delivers: false, reason: route.reason, changes: [] };
    onDelivery(notifier, route.notification);
    const held = event && chooser.hold?.(event);
    const changes = filtered.result?.pass
      ? [...filtered.result.changes, ...reductions(chooser, filtered.result.event)]
      : [];
    const note = noteOn(chooser);
    const payload = { payload: route.notification.payload, lane: route.lane };
    const waits = held === undefined ? {} : { held };
    return { notifier, delivers: true, changes, ...waits, ...(note === undefined ? {} : { note }), ...payload };
  }

  function reductions({ name, reduce }: Chooser, before: MailEvent): readonly FilterChange[] {
    const change = reduce && reductionOf(`${name}_content`, before, reduce(before));
    return change === undefined ? [] : [change];
  }

  /** What the option would do to the same event over HTTP, where no server has applied it before. */
  function noteOn({ filter }: Chooser): string | undefined {
    if (event === undefined || originOf(raw) !== 'notifysocket') return undefined;
    const otherwise = filter(event, mailbox, 'http');
    if (otherwise.pass || otherwise.reason.option !== excludingOption) return undefined;
    return (
      `${excludingOption} does not filter this event (${otherwise.reason.detail}), because a server that sends to a ` +
      `notifysocket has already applied the option; to filter by the name of the mailbox too, set belfry_${excludingOption}`
    );
  }
}
