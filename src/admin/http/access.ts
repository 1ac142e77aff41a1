/**
 * Who may call the API. On a Unix socket everybody who can connect, which its file decides. Over TCP a browser may be sent by
 * any page that its user visits, so that three things are looked at: Host, because a name of the attacker's may lead here
 * (DNS rebinding); Origin and Sec-Fetch-Site, because another page may send (CSRF); and the token, in the header
 * Authorization or as a cookie that only this server sets and no page can read.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { type Problem, problem } from '../../http-server/problem.ts';
import type { Access, Session } from './endpoint.ts';

/** Of one request. */
interface Asking {
  readonly method: string;
  header(name: string): string | undefined;
}

export interface AccessRules {
  /** Over TCP, without TLS. Absent: over a Unix socket, and everything is allowed. */
  readonly tcp?: {
    /** Names under which the server is reached, beside addresses and `localhost`; in lower case. */
    readonly hosts: readonly string[];
    readonly port: number;
    /** Absent: nothing but what is open to everybody can be called. */
    readonly token?: string;
  };
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** How long a cookie is good for. */
const sessionMs = 12 * 3_600_000;

/** A guard for each request, made once for each place. */
export interface Guard {
  /** Why it is refused before anything else is looked at. */
  refusal(asking: Asking): Problem | undefined;
  /** The same once it is known what it calls. */
  refusalOf(access: Access, session: Session): Problem | undefined;
  sessionOf(asking: Asking): Session;
}

export function createGuard({ tcp, now }: AccessRules): Guard {
  if (tcp === undefined) return openGuard;
  const { hosts, port, token } = tcp;
  // The daemon's restart ends no session, and another token ends them all.
  const key = token === undefined ? undefined : createHash('sha256').update(`belfry session ${token}`).digest();
  const cookieName = `belfry_${port}`;
  const cookie = (value: string, maxAge: number): string =>
    `${cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAge}`;
  const signed = (until: string): string =>
    `${until}.${createHmac('sha256', key ?? '')
      .update(until)
      .digest('hex')}`;
  const isSession = (value: string): boolean => {
    const until = /^(\d{1,16})\./.exec(value)?.[1];
    return until !== undefined && Number(until) > now() && isEqual(signed(until), value);
  };
  const isAuthenticated = (asking: Asking): boolean => {
    if (token === undefined) return false;
    const bearer = /^bearer +(\S+) *$/i.exec(asking.header('authorization') ?? '')?.[1];
    if (bearer !== undefined) return isEqual(token, bearer);
    const given = cookieOf(asking.header('cookie') ?? '', cookieName);
    return given !== undefined && isSession(given);
  };
  return {
    refusal: (asking) => hostProblem(asking, hosts) ?? originProblem(asking),
    refusalOf(access, session) {
      if (access === 'open' || session.isAuthenticated) return undefined;
      const remedy =
        token === undefined
          ? 'no token is configured, so this works over the Unix socket alone; set admin_token_file'
          : 'give the token of admin_token in the header Authorization (Bearer), or log in';
      return problem(401, remedy, { field: 'authorization' });
    },
    sessionOf: (asking) => ({
      needsToken: true,
      isAuthenticated: isAuthenticated(asking),
      begin: (given) =>
        token !== undefined && isEqual(token, given)
          ? cookie(signed(String(now() + sessionMs)), sessionMs / 1000)
          : undefined,
      end: () => cookie('', 0),
    }),
  };
}

const openSession: Session = { needsToken: false, isAuthenticated: true, begin: () => undefined, end: () => '' };
const openGuard: Guard = { refusal: () => undefined, refusalOf: () => undefined, sessionOf: () => openSession };

/** An address cannot be rebound: only names are looked at. */
function hostProblem(asking: Asking, hosts: readonly string[]): Problem | undefined {
  const host = asking.header('host') ?? '';
  const [, bracketed, plain = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(host) ?? [];
  const name = (bracketed ?? plain).toLowerCase();
  const isKnown = isIP(name) !== 0 || name === 'localhost' || hosts.includes(name);
  if (isKnown) return undefined;
  return problem(403, 'this server is not known under this name; add it to admin_hosts', { field: 'host' });
}

function originProblem(asking: Asking): Problem | undefined {
  const origin = asking.header('origin');
  const site = asking.header('sec-fetch-site');
  const isOwn =
    origin === undefined ||
    /^https?:\/\/(.*)$/i.exec(origin)?.[1]?.toLowerCase() === asking.header('host')?.toLowerCase();
  if (!isOwn) return problem(403, 'belfry answers no other web page (header Origin)', { field: 'origin' });
  // `none`: the user has typed the address. A link from elsewhere leads to the page, which shows nothing by itself.
  const isForeign = site !== undefined && !['same-origin', 'none'].includes(site);
  const isNavigation = asking.header('sec-fetch-mode') === 'navigate' && asking.method === 'GET';
  if (!isForeign || isNavigation) return undefined;
  return problem(403, 'belfry answers no other web page (header Sec-Fetch-Site)', { field: 'sec-fetch-site' });
}

function cookieOf(header: string, name: string): string | undefined {
  for (const part of header.split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

/** In constant time, whatever the lengths. */
function isEqual(expected: string, given: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(expected), digest(given));
}
