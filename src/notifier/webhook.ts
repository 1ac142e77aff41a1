/** Method webhook: POSTs each notification as JSON to a URL, with the identity that Standard Webhooks gives it. */
import { BelfryError } from '../base/error.ts';
import { type OptionProblem, warning } from '../option/problem.ts';
import { choice, toggle, url } from '../option/types.ts';
import { type BatchValues, batchOptions, batchProblems } from './http/batch-options.ts';
import { type ConnectionValues, connectionOptions, connectionProblems } from './http/connection-options.ts';
import { authorizationOf, type CredentialValues, credentialOptions, credentialProblems } from './http/credentials.ts';
import { webhookAddresses } from './http/webhook-addresses.ts';
import { defineMethod } from './notifier.ts';
import { tlsFileNeeds } from './tls-files.ts';
import {
  type BodyValues,
  bodyOptions,
  bodyProblems,
  impliedByPreset,
  keysNeed,
  takesSeveral,
} from './webhook/body-options.ts';
import { doubts } from './webhook/doubts.ts';
import { namesInParts } from './webhook/names-in-parts.ts';
import { traceBy, traceModes } from './webhook/trace.ts';

export const webhook = defineMethod({
  name: 'webhook',
  summary: 'POSTs each notification as JSON to a URL.',
  options: {
    url: url({
      description:
        'The URL for the POST requests. belfry sends a user name and password in it as basic authentication, and treats the whole URL as a secret, because many receivers put one into its path.',
      details:
        'the body is JSON, see format: the event, or an envelope with a request of another class. Keys keep the order of the sender (see sort_keys), and numbers keep all digits (modseq has 63 bits, more than a JavaScript number). Any status 2xx means delivered; 400, 413 and 422 mean rejected. 429 and 503 with Retry-After pause the notifier until then, and 410 pauses it until `belfry queue resume NAME` or a reload (see retry_after_max). After any other answer belfry tries again; it does not follow redirects.',
      required: true,
      secret: true,
      example: 'https://crm.example.org/hooks/mail',
    }),
    ...credentialOptions,
    ...bodyOptions,
    sort_keys: toggle({
      description:
        'Whether to sort the keys of each object in the body, for a receiver that compares bodies byte by byte.',
      default: 'no',
    }),
    ...connectionOptions,
    ...batchOptions,
    trace: choice(
      {
        description:
          'Whether a request has the header traceparent (W3C Trace Context), and a CloudEvent the attribute. `passed`: if the event came with a trace, or attempts are traced. `always`: otherwise with one made of the id, the same in every attempt. `never`: no.',
        details:
          'docs/tracing.md has more. With always, a receiver may record every request, because the trace is marked as sampled.',
        default: 'passed',
      },
      traceModes,
    ),
  },
  attemptTimeout: {
    default: '15s',
    description: 'This includes connecting and the whole answer.',
    former: 'timeout',
  },
  check: problemsIn,
  files: (values) => [...tlsFileNeeds(values), ...keysNeed(values)],
  addresses: webhookAddresses,
  templates: namesInParts,
  implied: impliedByPreset,
  preview: async (values, services) => {
    const { openFormat } = await import('./webhook/formats.ts');
    const context = { url: new URL(values.url.origin), batched: values.batch > 1, services };
    const format = openFormat(values, context, values.sort_keys);
    const trace = traceBy(values.trace);
    return (notification) => format.request([notification], [trace({ notification })]);
  },
  open: async (values, services) => {
    const { url: target, sort_keys: sorted } = values;
    const { name, version, concurrency, attemptTimeoutMs, now } = services;
    const problem = problemsIn(values).find(({ severity }) => severity === 'error');
    if (problem) {
      const { option, message, remedy } = problem;
      throw new BelfryError('NOTIFIER_OPEN', `notifier ${name}: ${option}: ${message}: ${remedy}`);
    }
    const credentials = authorizationOf(values, services);
    const { openFormat } = await import('./webhook/formats.ts');
    const { openIdentity } = await import('./webhook/open-identity.ts');
    const { compressingSender } = await import('./http/compressing-sender.ts');
    const { openConnector } = await import('./http/connector.ts');
    const { batchedRequests, singleRequests } = await import('./http/http-notifier.ts');
    const { openHttpSender } = await import('./http/http-sender.ts');
    const { optionHints } = await import('./http/option-hints.ts');
    const { tracedSender } = await import('./http/traced-sender.ts');
    const connected = await openHttpSender({
      origin: target.origin,
      connections: concurrency,
      connector: await openConnector(values, services),
      http2: values.http2,
    });
    const compressed = values.compress === 'gzip' ? compressingSender(connected) : connected;
    const batched = values.batch > 1;
    const parts = {
      format: openFormat(values, { url: target, batched, services }, sorted),
      identity: openIdentity(values, services),
      sender: tracedSender(compressed, target.origin, services.test),
      trace: traceBy(values.trace),
      headers: {
        'user-agent': `belfry/${version}`,
        // A reason quotes the answer, so it should come as text.
        'accept-encoding': 'identity',
        ...credentials,
      },
      context: {
        receiver: target.origin,
        protocol: target.protocol,
        attemptTimeoutMs,
        now,
        hints: optionHints(name, values),
      },
    };
    return batched ? batchedRequests(parts, values) : singleRequests(parts);
  },
});

/** What keeps the values from being used together, and what is in the URL that nobody will replace. */
function problemsIn(values: CredentialValues & ConnectionValues & BatchValues & BodyValues): readonly OptionProblem[] {
  const problems = [
    ...credentialProblems(values),
    ...connectionProblems(values),
    ...bodyProblems(values),
    ...batchProblems(values, takesSeveral(values)),
    ...doubts(values),
  ];
  const { pathname, search } = values.url;
  if (/%(?![0-9a-f]{2})|%7B|[{}]/i.test(`${pathname}${search}`)) {
    const message = 'it contains a % or a brace, but belfry replaces nothing in a URL';
    const remedy = 'write names of values in webhook_path; a % is written %25';
    problems.push({ option: 'url', ...warning(message, remedy) });
  }
  return problems;
}
