/** Reports each HTTP exchange of a test, and marks its requests with a header. */
import type { TestRun } from '../test-run.ts';
import type { ExchangeEnding, HttpRequest } from './http-exchange.ts';
import type { HttpSender } from './http-sender.ts';

const testHeader = 'belfry-test';

/** Headers whose values cannot be a secret; the values of others are hidden, for the administrator may have set them. */
const open =
  /^(?:accept(?:-encoding)?|belfry-test|ce-[a-z]+|connection|content-(?:encoding|length|type)|date|idempotency-key|keep-alive|retry-after|server|user-agent|webhook-(?:id|signature|timestamp))$/;

/** `origin`: scheme, host and port. The path is not shown: many receivers have a secret in it. */
export function tracedSender(sender: HttpSender, origin: string, test: TestRun | undefined): HttpSender {
  if (test === undefined) return sender;
  return {
    async send(request, signal) {
      const marked = { ...request, headers: { ...request.headers, [testHeader]: 'yes' } };
      test.trace('sent', requestText(marked, origin));
      const ending = await sender.send(marked, signal);
      test.trace(ending.how === 'answered' ? 'received' : 'note', endingText(ending));
      return ending;
    },
    close: () => sender.close(),
  };
}

function requestText({ method, path, headers, body }: HttpRequest, origin: string): string {
  const text = typeof body === 'string' ? body : `(${body.byteLength} bytes)`;
  return [`${method} ${origin}${path === '/' ? path : '/… (hidden)'}`, ...headerLines(headers), '', text].join('\n');
}

function endingText(ending: ExchangeEnding): string {
  if (ending.how === 'aborted') return 'no answer in time';
  if (ending.how === 'failed') return `no answer: ${ending.message}`;
  const { status, headers, body, complete } = ending;
  return [String(status), ...headerLines(headers), '', complete ? body : `${body}…`].join('\n').trimEnd();
}

function headerLines(headers: Readonly<Record<string, string | readonly string[] | undefined>>): readonly string[] {
  return Object.entries(headers).map(
    ([name, value = '']) => `${name}: ${open.test(name) ? String(value) : '(hidden)'}`,
  );
}
