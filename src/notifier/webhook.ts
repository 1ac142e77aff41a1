/** Method webhook: POSTs each notification as JSON to a URL, with the identity that Standard Webhooks gives it. */
import { BelfryError, ifPossible } from '../base/error.ts';
import { printable } from '../base/printable.ts';
import type { Secret } from '../base/secret.ts';
import { error, type OptionProblem, warning } from '../option/problem.ts';
import { secretOptions } from '../option/secret.ts';
import { toggle, url } from '../option/types.ts';
import { withAdvice } from './http/connection-advice.ts';
import { type ExchangeEnding, type HttpClient, type HttpRequest, httpExchange } from './http/http-exchange.ts';
import { watchedWire } from './http/http-wire.ts';
import { judgeAnswer } from './http/judge-answer.ts';
import { abortReason, defineMethod, type Notification, type Outcome, type Services, single } from './notifier.ts';
import { readSecret } from './secret.ts';
import { eventFormat } from './webhook/event-format.ts';
import { unsigned } from './webhook/identity.ts';

interface Values {
  readonly url: URL;
  readonly authorization: Secret | undefined;
  readonly authorization_file: string | undefined;
}

export const webhook = defineMethod({
  name: 'webhook',
  summary: 'POSTs each notification as JSON to a URL.',
  options: {
    url: url({
      description:
        'The URL for the POST requests. belfry sends a user name and password in it as basic authentication, and treats the whole URL as a secret, because many receivers put one into its path.',
      details:
        'the body is JSON: the event, or an envelope with a request of another class. Keys keep the order of the sender (see sort_keys), and numbers keep all digits (modseq has 63 bits, more than a JavaScript number). Any status 2xx means delivered; 400, 413 and 422 mean rejected. 429 and 503 with Retry-After pause the notifier until then, and 410 pauses it for a day (see retry_after_max). After any other answer belfry tries again; it does not follow redirects.',
      required: true,
      secret: true,
      example: 'https://crm.example.org/hooks/mail',
    }),
    ...secretOptions('authorization', {
      description: 'The value of the Authorization header, with its scheme.',
      absent: 'the user and password of the URL',
      example: 'Bearer 3oN2YqBPVr8d',
    }),
    sort_keys: toggle({
      description:
        'Whether to sort the keys of each object in the body, for a receiver that compares bodies byte by byte.',
      default: 'no',
    }),
  },
  attemptTimeout: {
    default: '15s',
    description: 'This includes connecting and the whole answer.',
    former: 'timeout',
  },
  check: problemsIn,
  open: async (values, services) => {
    const { url: target, sort_keys: sorted } = values;
    const { version, concurrency, attemptTimeoutMs, now } = services;
    const userAgent = `belfry/${version}`;
    const credentials = authorizationOf(values, services);
    const { buildConnector, Client, Pool } = await import('undici');
    // The limits of time that undici has are per phase of an answer: a receiver that sends a byte now and then would never
    // meet one.
    const limits = { headersTimeout: 0, bodyTimeout: 0 };
    const connectionOptions = { timeout: attemptTimeoutMs };
    const wire = watchedWire(buildConnector(connectionOptions));
    // A connection that has brought an answer is free a moment after the next attempt may begin: without a bound twice as
    // many would be opened.
    const pool = new Pool(target.origin, { ...limits, connections: concurrency, connect: wire.connect });
    const format = eventFormat({ url: target, batched: false }, sorted);
    const identity = unsigned;
    const receiver = target.origin;

    /** Sends over a connection of its own. */
    async function sendAnew(request: HttpRequest, signal: AbortSignal): Promise<ExchangeEnding> {
      const ownWire = watchedWire(buildConnector(connectionOptions));
      const dispatcher = new Client(target.origin, { ...limits, connect: ownWire.connect });
      try {
        return await httpExchange({ dispatcher, wire: ownWire }, request, signal);
      } finally {
        await dispatcher.destroy();
      }
    }

    /**
     * A receiver may close a kept-alive connection at any time, also while a request is on its way to it (RFC 9112 §9.3.1).
     * That says nothing of the receiver, so the request is sent once more at once. Had it been taken after all, it comes
     * again under the same id.
     */
    async function send(request: HttpRequest, signal: AbortSignal): Promise<ExchangeEnding> {
      const client: HttpClient = { dispatcher: pool, wire };
      const ending = await httpExchange(client, request, signal);
      return ending.how === 'failed' && ending.stale && !signal.aborted ? sendAnew(request, signal) : ending;
    }

    async function attempt(notification: Notification, signal: AbortSignal): Promise<Outcome> {
      const formatted = format.request([notification]);
      if ('wrong' in formatted) return { status: 'rejected', reason: printable(formatted.wrong, 500) };
      const headers = {
        ...formatted.value.headers,
        // A reason quotes the answer, so it should come as text.
        'accept-encoding': 'identity',
        'user-agent': userAgent,
        ...credentials,
        ...identity({ id: notification.id, at: now(), body: formatted.value.body }),
      };
      const ending = await send({ ...formatted.value, headers }, signal);
      switch (ending.how) {
        case 'answered': {
          const { 'retry-after': retryAfter, location, 'content-encoding': encoding = 'identity' } = ending.headers;
          const body =
            encoding === 'identity' ? ending.body : `(encoded in ${encoding}, although belfry did not ask for it)`;
          return judgeAnswer({ status: ending.status, retryAfter, location, body }, receiver, now());
        }
        case 'failed':
          return {
            status: 'retry',
            reason: printable(`${receiver}: ${withAdvice(ending.message, target.protocol)}`, 500),
          };
        case 'aborted': {
          if (abortReason(signal) === 'shutdown') {
            return { status: 'retry', reason: `stopped before ${receiver} had answered` };
          }
          const what = ending.sent ? 'did not answer' : 'did not accept the connection';
          return { status: 'retry', reason: `${receiver} ${what} within ${attemptTimeoutMs / 1000} s` };
        }
      }
    }
    return single(
      ({ notification }, signal) => attempt(notification, signal),
      () => pool.destroy(),
    );
  },
});

/** What keeps the values from being used together, and what is in the URL that nobody will replace. */
function problemsIn({ url: target, authorization, authorization_file: file }: Values): readonly OptionProblem[] {
  const problems: OptionProblem[] = [];
  const fail = (option: string, message: string, remedy: string): void => {
    problems.push({ option, ...error(message, remedy) });
  };
  const inUrl = target.username !== '' || target.password !== '';
  if ((authorization ?? file) !== undefined && inUrl) {
    fail(
      file === undefined ? 'authorization' : 'authorization_file',
      'the URL already contains a user or a password',
      'leave one of them out',
    );
  }
  if (authorization !== undefined && 'text' in authorization && !isHeaderValue(authorization.text)) {
    fail('authorization', notForHeader, 'use ASCII only');
  }
  if (inUrl && credentialsIn(target) === undefined) {
    fail('url', 'the user or the password contains a % that is not encoded', 'write a % as %25');
  }
  if (/%(?![0-9a-f]{2})|%7B|[{}]/i.test(`${target.pathname}${target.search}`)) {
    const message = 'it contains a % or a brace, but belfry replaces nothing in a URL';
    const remedy = 'the user and the mailbox are in the event; a % is written %25';
    problems.push({ option: 'url', ...warning(message, remedy) });
  }
  return problems;
}

const notForHeader = 'it contains characters that are not possible in a header';

const isHeaderValue = (text: string): boolean => /^[\x20-\x7e]+$/.test(text);

/** `user:password` of a URL, decoded; undefined when it is not encoded as a URL must be. */
function credentialsIn(target: URL): string | undefined {
  return ifPossible(() => `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`);
}

/** The Authorization header, from its option or from the URL's user and password (RFC 7617, UTF-8). */
function authorizationOf(values: Values, { name }: Pick<Services, 'name'>): Readonly<Record<string, string>> {
  const problem = problemsIn(values).find(({ severity }) => severity === 'error');
  if (problem) {
    const { option, message, remedy } = problem;
    throw new BelfryError('NOTIFIER_OPEN', `notifier ${name}: ${option}: ${message}: ${remedy}`);
  }
  const authorization = readSecret(values, 'authorization', { name });
  if (authorization !== undefined && !isHeaderValue(authorization)) {
    throw new BelfryError('NOTIFIER_OPEN', `notifier ${name}: authorization: ${notForHeader}: use ASCII only`);
  }
  if (authorization !== undefined) return { authorization };
  const { url: target } = values;
  if (target.username === '' && target.password === '') return {};
  return { authorization: `Basic ${Buffer.from(credentialsIn(target) ?? '').toString('base64')}` };
}
