/** The second half of an entry's way: what one notifier makes of it. It filters, chooses, and makes what is delivered. */
import type { MailEvent } from '../base/event.ts';
import type { Entry, RawRequest, Request } from '../base/request.ts';
import type { Filter, FilterReason, FilterResult, Origin } from '../filter/filter.ts';
import type { Reduction } from '../filter/reduction.ts';
import type { Selection } from '../filter/selection.ts';
import type { About, When } from '../filter/when/when.ts';
import type { Notification } from '../notifier/notifier.ts';
import type { Examined } from './examine.ts';
import { laneOf } from './lane-of.ts';
import { eventNotification, requestNotification } from './notification.ts';
import type { Order, Route } from './route.ts';

/** What distinguishes one notifier from another on this way. */
export interface Chooser {
  readonly name: string;
  readonly filter: Filter;
  readonly selection: Selection;
  /** Asked about events, as the filter leaves them; absent when it takes all. */
  readonly when?: When;
  /** Takes out of events what the notifier is not to get; with it, requests of other classes have no text either. Absent: nothing. */
  readonly reduce?: Reduction;
  readonly order: Order;
  /** What may hold an event back before it is delivered, and why. Absent: nothing. Only `belfry explain` asks. */
  readonly hold?: (event: MailEvent) => FilterReason | undefined;
  /** Why its method cannot use a notification; absent when it can use all. */
  readonly unfit?: (notification: Notification) => FilterReason | undefined;
}

/** What filters a request that cannot be used, for every notifier. */
export const unusableOption = 'unusable';

/** What every notifier makes of such a request. */
export const unusableRoute: Route = held(unusableOption, 'the request is unusable');

/** What the filter that was asked last has answered about an entry, and what then is delivered: notifiers mostly share one. */
export interface Filtered {
  by?: Filter;
  result?: FilterResult;
  notification?: Notification | undefined;
  /** For notifiers of this order. */
  order?: Order | undefined;
  route?: Route;
}

/** What other notifiers make of requests for these: there are few such sets. */
const elsewhere = new WeakMap<ReadonlySet<string>, Route>();

/** What one notifier makes of an entry, with what was changed on the way. `repeated`: see `repetitions.ts`. */
export function choose(
  entry: Entry,
  examined: Examined,
  { name, filter, selection, when, reduce, order, unfit }: Chooser,
  filtered: Filtered,
  repeated?: FilterReason,
): Route {
  const { request, event, mailbox, user } = examined;
  if (request === undefined || examined.flaw !== undefined) return unusableRoute;
  if (request.dropped !== undefined) return held('dovecot', request.dropped);
  const { recipients, barred } = examined;
  if (!recipients.has(name)) {
    // Where nobody may get it, it is this that held it back from everybody.
    if (barred !== undefined && (recipients.size === 0 || barred.names.has(name))) {
      return { kind: 'filtered', reason: barred.reason };
    }
    const known = elsewhere.get(recipients) ?? held('method', `the request is for ${[...recipients].join(' ')}`);
    elsewhere.set(recipients, known);
    return known;
  }
  if (repeated !== undefined) return { kind: 'filtered', reason: repeated };
  const refused = selection({ class: request.class, event: event?.event, mailbox, user });
  if (refused !== undefined) return { kind: 'filtered', reason: refused };
  if (event === undefined) {
    const imip = reduce === undefined ? examined.imip : undefined;
    const notification = requestNotification(entry, reducedRequest(request, reduce), mailbox?.name ?? '', imip);
    const unusable = unfit?.(notification);
    if (unusable !== undefined) return { kind: 'filtered', reason: unusable };
    return { kind: 'deliver', notification, lane: laneOf(entry, examined, order) };
  }
  if (filtered.by !== filter || filtered.result === undefined) {
    filtered.by = filter;
    filtered.result = filter(event, mailbox, originOf(entry.request));
    filtered.notification = undefined;
    filtered.order = undefined;
  }
  const { result } = filtered;
  if (!result.pass) return { kind: 'filtered', reason: result.reason };
  const unmet = when?.(result.event, aboutOf(examined));
  if (unmet !== undefined) return { kind: 'filtered', reason: unmet };
  if (reduce !== undefined) {
    const notification = notificationOf(entry, reducedRequest(request, reduce), examined, reduce(result.event));
    return { kind: 'deliver', notification, lane: laneOf(entry, examined, order) };
  }
  if (filtered.order !== order || filtered.route === undefined) {
    filtered.notification ??= notificationOf(entry, request, examined, result.event);
    filtered.order = order;
    filtered.route = { kind: 'deliver', notification: filtered.notification, lane: laneOf(entry, examined, order) };
  }
  return filtered.route;
}

function notificationOf(entry: Entry, request: Request, examined: Examined, event: MailEvent): Notification {
  const { compact = false } = examined;
  return eventNotification(entry, request, event, { isChanged: event !== examined.event, compact }, aboutOf(examined));
}

/** Without what a person or a script has written: the message, its file, the options, and the address in a method (`mailto:…`). */
function reducedRequest(request: Request, reduce: Reduction | undefined): Request {
  if (reduce === undefined) return request;
  const { class: requestClass, method, priority, user, mailbox } = request;
  const [scheme = ''] = method.split(':', 1);
  return { class: requestClass, method: scheme, priority, user, mailbox, options: [], message: '' };
}

function aboutOf({ user, mailbox }: Examined): About {
  return { user: user || mailbox?.owner || '', mailbox: mailbox?.name ?? '' };
}

/** Only the intakes of a notifysocket make requests of these formats. */
export function originOf({ format }: RawRequest): Origin {
  return format === 'datagram' || format === 'dlist' ? 'notifysocket' : 'http';
}

function held(option: string, detail: string): { kind: 'filtered'; reason: FilterReason } {
  return { kind: 'filtered', reason: { option, detail } };
}
