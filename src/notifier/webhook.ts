/** Method webhook: POSTs each notification as JSON to a URL, with the identity that Standard Webhooks gives it. */
import stringify from 'fast-json-stable-stringify';
import { BelfryError, messageOf } from '../error.ts';
import { duration, text, url } from '../option/kinds.ts';
import { judgeAnswer } from './judge-answer.ts';
import { defineMethod, type Notification, type Outcome, single } from './notifier.ts';
import { printable } from './printable.ts';

/** Bytes of an answer's body that are read, so that the connection can serve again, and that are kept for a reason. */
const bodyLimit = { read: 64 * 1024, keep: 1024 };

export const webhook = defineMethod({
  name: 'webhook',
  summary: 'POSTs each notification as JSON to a URL.',
  options: {
    url: url({
      description:
        'Where to POST to. The body is the event, or the envelope of a request that is no event, as JSON with sorted keys. A user name and password in the URL are sent as basic authentication. Success is any status 2xx; 400, 410, 413 and 422 mean rejected, everything else is tried again, and Retry-After is obeyed; a redirect is not followed. The URL is treated as a secret, because many receivers put one in its path.',
      required: true,
      secret: true,
      example: 'https://crm.example.org/hooks/mail',
    }),
    authorization: text({
      description: 'The value of the Authorization header, with its scheme.',
      secret: true,
      example: 'Bearer 3oN2YqBPVr8d',
    }),
    timeout: duration(
      { description: 'How long an attempt may take, from connecting to the end of the answer.', default: '15s' },
      { min: 1000 },
    ),
  },
  open: async ({ url: target, authorization, timeout }, { name, version, now }) => {
    const fixedHeaders = {
      'content-type': 'application/json',
      'user-agent': `belfry/${version}`,
      ...authorizationOf(target, authorization, name),
    };
    const { Pool } = await import('undici');
    // Dispatch bounds the attempts under way, and so the connections. The limits of time that undici has are per phase
    // of an answer: a receiver that sends a byte now and then would never meet one.
    const pool = new Pool(target.origin, {
      connect: { timeout },
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const path = `${target.pathname}${target.search}`;

    async function post(notification: Notification, signal: AbortSignal): Promise<Outcome> {
      const sentAt = now();
      const headers = { ...fixedHeaders, ...identityOf(notification.id, sentAt) };
      const body = bodyOf(notification);
      const response = await pool.request({ method: 'POST', path, headers, body, signal });
      const { 'retry-after': retryAfter, location } = response.headers;
      const answer = {
        status: response.statusCode,
        retryAfter: firstOf(retryAfter),
        location: firstOf(location),
        body: await beginningOf(response.body),
      };
      return judgeAnswer(answer, target.origin, now());
    }

    return single(
      async ({ notification }, signal) => {
        let reason = `stopped before ${target.origin} had answered`;
        if (signal.aborted) return { status: 'retry', reason };
        const limit = limitedSignal(signal, timeout, () => {
          const missing = pool.stats.connected === 0 ? 'cannot be connected to' : 'did not answer';
          reason = `${target.origin} ${missing} within ${timeout / 1000} s`;
        });
        try {
          return await post(notification, limit.signal);
        } catch (error) {
          if (!limit.signal.aborted) reason = printable(`${target.origin}: ${describe(error)}`, 500);
          return { status: 'retry', reason };
        } finally {
          limit.release();
        }
      },
      () => pool.destroy(),
    );
  },
});

/**
 * A signal that aborts when `outer` does, or after `ms`, with `expire` called just before. Unlike AbortSignal.any and
 * AbortSignal.timeout it leaves nothing behind at the outer signal once it has been released.
 */
function limitedSignal(
  outer: AbortSignal,
  ms: number,
  expire: () => void,
): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const timer = setTimeout(() => {
    expire();
    stop();
  }, ms);
  outer.addEventListener('abort', stop, { once: true });
  return {
    signal: controller.signal,
    release: () => {
      clearTimeout(timer);
      outer.removeEventListener('abort', stop);
    },
  };
}

/** An event's message is its payload as stable JSON already. */
function bodyOf({ event, message, payload }: Notification): string {
  return event === undefined ? stringify(payload) : message;
}

/** The headers that tell one notification from another. A signature over id, time and body belongs beside them. */
function identityOf(id: string, at: number): Readonly<Record<string, string>> {
  return { 'webhook-id': id, 'webhook-timestamp': String(Math.floor(at / 1000)) };
}

/** The Authorization header, from its option or from the URL's user and password (RFC 7617, UTF-8). */
function authorizationOf(target: URL, written: string | undefined, name: string): Readonly<Record<string, string>> {
  const fail = (wrong: string): never => {
    throw new BelfryError('NOTIFIER_OPEN', `notifier ${name}: ${wrong}`);
  };
  const inUrl = target.username !== '' || target.password !== '';
  if (written !== undefined) {
    if (inUrl) fail('url holds a user and authorization is set too: leave one of them out');
    if (!/^[\x20-\x7e]+$/.test(written)) fail('authorization holds characters that a header cannot: use ASCII only');
    return { authorization: written };
  }
  if (!inUrl) return {};
  try {
    const credentials = `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`;
    return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
  } catch {
    return fail('the user or the password in url is wrongly encoded: write a % as %25');
  }
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/**
 * The beginning of a body, once it has been read to its end or to the limit. A body that breaks off or takes too long
 * changes nothing any more: the status has come.
 */
async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  const kept: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      if (size < bodyLimit.keep) kept.push(chunk.subarray(0, bodyLimit.keep - size));
      size += chunk.length;
      if (size > bodyLimit.read) break;
    }
  } catch {}
  return Buffer.concat(kept).toString('utf8');
}

/** The words for an error of the connection: with several addresses to try, Node hides what each of them said. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(describe))].join('; ');
  const message = messageOf(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === '' || message.includes(code)) return message;
  return `${message} (${code})`;
}
