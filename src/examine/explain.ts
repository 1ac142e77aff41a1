/** Says what belfry makes of a request, by walking the daemon's own path and keeping what it usually throws away. */
import type { JsonObject, MailEvent } from '../base/event.ts';
import type { Entry, RawRequest } from '../base/request.ts';
import type { FilterChange, FilterReason } from '../filter/filter.ts';
import { reductionOf } from '../filter/reduction.ts';
import { excludingOption } from '../filter/special-use.ts';
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

/**
 * Explains requests one after the other, as if they arrived at the same moment: one that repeats an earlier one is dropped, with
 * the number of that, from 1.
 */
export function explainer(parts: ExamineParts, choosers: readonly Chooser[]): (raw: RawRequest) => Explanation {
  const repetitions = new Repetitions();
  let position = 0;
  return (raw) => {
    position += 1;
    const entry: Entry = { position, id: `number ${position}`, receivedAt: 0, request: raw };
    const examined = examine(raw, parts);
    repetitions.read(entry, () => (examined.flaw === undefined ? examined.request?.announcement : undefined));
    return explanationOf(entry, examined, choosers, repetitions.reasonAt(position)?.detail);
  };
}

function explanationOf(
  entry: Entry,
  examined: Examined,
  choosers: readonly Chooser[],
  repeated: string | undefined,
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
    const changes = filtered.result?.pass
      ? [...filtered.result.changes, ...reductions(chooser, filtered.result.event)]
      : [];
    const note = noteOn(chooser);
    const payload = { payload: route.notification.payload, lane: route.lane };
    return { notifier, delivers: true, changes, ...(note === undefined ? {} : { note }), ...payload };
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
