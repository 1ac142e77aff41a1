/** Examines entries for many notifiers: each entry once, however many ask, as long as they ask at about the same time. */

import type { MailEvent } from '../event.ts';
import type { Filter, FilterResult } from '../filter/filter.ts';
import type { Entry, Position } from '../request.ts';
import { type Chooser, choose, type Examined, type ExamineParts, examine, type Flaw } from './examine.ts';
import type { Route } from './route.ts';

export interface Examiner {
  route(entry: Entry, chooser: Chooser): Route;
  /** Why the entry is set aside; undefined when it is not. */
  flaw(entry: Entry): Flaw | undefined;
  /** Its event, when it has one and nothing is wrong with it. */
  event(entry: Entry): MailEvent | undefined;
  /** What it is about, at a glance. */
  about(entry: Entry): About;
}

/** Empty where the request does not say, or cannot be read. */
interface About {
  readonly class: string;
  /** Type of the event. */
  readonly event: string;
  readonly user: string;
  readonly mailbox: string;
}

interface Remembered {
  readonly examined: Examined;
  readonly filtered: Map<Filter, FilterResult>;
}

/** Entries that are remembered; and their bytes, because one of them may be large. */
const rememberedEntries = 1024;
const rememberedBytes = 8 * 1024 * 1024;

export function createExaminer(parts: ExamineParts): Examiner {
  const remembered = new Map<Position, Remembered & { readonly bytes: number }>();
  let bytes = 0;

  function look(entry: Entry): Remembered {
    const before = remembered.get(entry.position);
    if (before !== undefined) return before;
    const size = entry.request.bytes.byteLength;
    const fresh = { examined: examine(entry.request, parts), filtered: new Map(), bytes: size };
    remembered.set(entry.position, fresh);
    bytes += size;
    for (const [position, oldest] of remembered) {
      if (remembered.size <= rememberedEntries && bytes <= rememberedBytes) break;
      remembered.delete(position);
      bytes -= oldest.bytes;
    }
    return fresh;
  }

  return {
    route(entry, chooser) {
      const { examined, filtered } = look(entry);
      return choose(entry, examined, chooser, filtered);
    },
    flaw: (entry) => look(entry).examined.flaw,
    event(entry) {
      const { event, flaw } = look(entry).examined;
      return flaw === undefined ? event : undefined;
    },
    about(entry) {
      const { request, event, user, mailbox } = look(entry).examined;
      return {
        class: request?.class ?? '',
        event: event?.event ?? '',
        user: user || (mailbox?.owner ?? ''),
        mailbox: mailbox?.name ?? '',
      };
    },
  };
}
