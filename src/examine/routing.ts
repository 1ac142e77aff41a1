/** Which notifiers a request asks for: by the method it names, within what its class may name. */
import { BoundedMap, bytesOfText } from '../base/bounded-map.ts';
import type { Request } from '../base/request.ts';
import { quoted } from '../decode/decoded.ts';
import type { FilterReason } from '../filter/filter.ts';

/** What a request can ask for. */
export interface RoutingSettings {
  readonly notifiers: readonly {
    readonly name: string;
    readonly methods: readonly string[];
    readonly builtIn: boolean;
  }[];
  /** Told when the request names nothing or `default`: names of notifiers. */
  readonly defaultNotifiers: readonly string[];
  /** Names of the notifiers that a request of class SIEVE may reach, whatever method it names. */
  readonly sieveNotifiers: readonly string[];
}

export type Recipients =
  | {
      readonly names: ReadonlySet<string>;
      /** What a Sieve script asked for and may not reach; with `names` empty, all that it asked for. */
      readonly barred?: Barred;
    }
  /** Why nobody gets it. */
  | { readonly refused: string };

export type Routing = (request: Pick<Request, 'method' | 'class'>) => Recipients;

export interface Barred {
  readonly names: ReadonlySet<string>;
  readonly reason: FilterReason;
}

/** Methods are remembered, but not without end: a sender may make up any number of them, of any length. */
const rememberedMethods = { entries: 1000, bytes: 1024 * 1024 };

/**
 * Compiles the routing of requests. A method names a notifier, or else a method: then it means all notifiers of that
 * method, or the built-in one. Names are compared without case (Cyrus `notifyd/notifyd.c`). Old Cyrus sends
 * `mailto:address` as the method.
 *
 * The user's Sieve script chooses the method of a SIEVE request, and since Cyrus 3.10 it may be any URI. So each of them
 * is held to `sieveNotifiers`, those without a method included, and one that nobody may get is filtered: a mail user who
 * made it an unusable request could push the dead letters of others out.
 */
export function compileRouting(settings: RoutingSettings): Routing {
  const lower = (name: string): string => name.toLowerCase();
  const sieveAllowed = new Set(settings.sieveNotifiers.map(lower));
  const allowed = settings.sieveNotifiers.join(' ') || 'none';
  const defaults: Recipients = { names: new Set(settings.defaultNotifiers) };
  const known = new BoundedMap<Recipients>(rememberedMethods, bytesOfRecipients);

  function named(method: string): Recipients {
    if (method === '' || method === 'default') return defaults;
    const byName = settings.notifiers.find(({ name }) => lower(name) === method);
    if (byName !== undefined) return { names: new Set([byName.name]) };
    const byMethod = settings.notifiers.filter(({ methods }) => methods.map(lower).includes(method));
    const configured = byMethod.filter(({ builtIn }) => !builtIn);
    const meant = configured.length > 0 ? configured : byMethod;
    if (meant.length > 0) return { names: new Set(meant.map(({ name }) => name)) };
    const remedy =
      method === 'external' || method === 'exec' ? 'set notify_external, or configure one' : 'configure one';
    return { refused: `no notifier or method is called ${JSON.stringify(method.slice(0, 60))}: ${remedy}` };
  }

  function sieve(method: string): Recipients {
    const recipients = named(method);
    const asked = 'names' in recipients ? [...recipients.names] : [];
    const names = new Set(asked.filter((name) => sieveAllowed.has(lower(name))));
    if (asked.length > 0 && names.size === asked.length) return recipients;
    const what = 'names' in recipients ? 'a Sieve script may not use' : 'unknown notifier';
    const detail = `${what} ${method === '' ? 'the default notifiers' : quoted(method)}; allowed: ${allowed}`;
    const barred = new Set(asked.filter((name) => !names.has(name)));
    return { names, barred: { names: barred, reason: { option: 'sieve_notifiers', detail } } };
  }

  return (request) => {
    const written = lower(request.method);
    const method = written.startsWith('mailto:') ? 'mailto' : written;
    const isSieve = request.class.toUpperCase() === 'SIEVE';
    if (!isSieve && (method === '' || method === 'default')) return defaults;
    const key = `${isSieve ? 'sieve' : 'any'} ${method}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const recipients = isSieve ? sieve(method) : named(method);
    known.set(key, recipients);
    return recipients;
  };
}

/** Beside the names of notifiers, which are the configuration's: the reasons quote what the sender wrote. */
function bytesOfRecipients(recipients: Recipients): number {
  if ('refused' in recipients) return bytesOfText(recipients.refused);
  return 64 * recipients.names.size + bytesOfText(recipients.barred?.reason.detail ?? '');
}
