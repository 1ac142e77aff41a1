/** Which notifiers a request asks for: by the method it names, within what its class may name. */
import type { Request } from '../request.ts';

/** What a request can ask for. */
export interface RoutingSettings {
  readonly notifiers: readonly {
    readonly name: string;
    readonly methods: readonly string[];
    readonly builtIn: boolean;
  }[];
  /** Told when the request names nothing or `default`: names of notifiers. */
  readonly defaultNotifiers: readonly string[];
  /** What a Sieve script may name: notifiers or methods. */
  readonly sieveNotifiers: readonly string[];
}

export type Recipients =
  | { readonly names: ReadonlySet<string> }
  /** Why nobody gets it. */
  | { readonly refused: string };

/** Methods are remembered, but not without end: a sender may make up any number of them. */
const rememberedMethods = 1000;

/**
 * Compiles the routing of requests. A method names a notifier, or else a method: then it means all notifiers of that
 * method, or the built-in one. Names are compared without case (Cyrus `notifyd/notifyd.c`). Old Cyrus sends
 * `mailto:address` as the method. The user's Sieve script chooses the method of a SIEVE request, so it is held to a list.
 */
export function compileRouting(settings: RoutingSettings): (request: Request) => Recipients {
  const lower = (name: string): string => name.toLowerCase();
  const sieveAllowed = new Set(settings.sieveNotifiers.map(lower));
  const defaults: Recipients = { names: new Set(settings.defaultNotifiers) };
  const known = new Map<string, Recipients>();

  function named(method: string): Recipients {
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
    if ('refused' in recipients) return recipients;
    const names = [...recipients.names].filter((name) => {
      const methods = settings.notifiers.find((notifier) => notifier.name === name)?.methods ?? [];
      return sieveAllowed.has(lower(name)) || methods.some((word) => sieveAllowed.has(lower(word)));
    });
    if (names.length > 0) return { names: new Set(names) };
    const allowed = settings.sieveNotifiers.join(' ') || 'none';
    return {
      refused: `a Sieve script may not name the notifier ${JSON.stringify(method)}; sieve_notifiers: ${allowed}`,
    };
  }

  return (request) => {
    const written = lower(request.method);
    const method = written.startsWith('mailto:') ? 'mailto' : written;
    if (method === '' || method === 'default') return defaults;
    const isSieve = request.class.toUpperCase() === 'SIEVE';
    const key = `${isSieve ? 'sieve' : 'any'} ${method}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const recipients = isSieve ? sieve(method) : named(method);
    if (known.size < rememberedMethods) known.set(key, recipients);
    return recipients;
  };
}
