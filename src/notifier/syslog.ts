/** Method syslog: a message for each notification to a syslog server, over a Unix socket, UDP, TCP or TLS. */
import { BelfryError } from '../base/error.ts';
import { printable } from '../base/printable.ts';
import type { OptionValues } from '../option/option.ts';
import { error, type OptionProblem } from '../option/problem.ts';
import { abortReason, type Delivery, defineMethod, type Notifier, type Outcome } from './notifier.ts';
import { brokerAddress } from './receiver-address.ts';
import { nameOf } from './syslog/address.ts';
import { writerOf } from './syslog/compose.ts';
import type { Written } from './syslog/message.ts';
import { openTransport } from './syslog/open-transport.ts';
import { syslogOptions } from './syslog/options.ts';
import { tracedTransport } from './syslog/traced-transport.ts';
import type { SyslogTransport } from './syslog/transport.ts';
import { namesOf } from './template/names.ts';
import { tlsFileNeeds, tlsFileProblems } from './tls-files.ts';

type Values = OptionValues<typeof syslogOptions>;

/** The most messages that one call takes. */
const maxBatch = 256;
/** The longest text in a datagram of UDP over IPv4. */
const longestUdp = 65_507;

/** Delivered means that the kernel has the message: syslog has no confirmations. */
export const syslog = defineMethod({
  name: 'syslog',
  summary: 'Sends a message for each notification to a syslog server: rsyslog, syslog-ng, journald.',
  options: syslogOptions,
  attemptTimeout: {
    default: '15s',
    description: 'This includes connecting, and waiting until a server that is slow has read what it has.',
  },
  check: problemsIn,
  files: (values) => (values.address.kind === 'tls' ? tlsFileNeeds(values) : []),
  addresses: (values) => {
    const { address } = values;
    const name = nameOf(address);
    if (address.kind === 'unix') {
      return [{ name, at: { path: address.path }, transport: 'datagram', option: 'syslog_address' }];
    }
    const server = brokerAddress(
      'syslog',
      'syslog_address',
      { ...address, name, encrypts: address.kind === 'tls' },
      values,
    );
    return [{ ...server, transport: address.kind === 'udp' ? 'datagram' : 'stream' }];
  },
  templates: (values) => namesOf(values, 'message'),
  open: async (values, services) => {
    const fault = problemsIn(values).find(({ severity }) => severity === 'error');
    if (fault) {
      const message = `notifier ${services.name}: syslog_${fault.option}: ${fault.message}: ${fault.remedy}`;
      throw new BelfryError('NOTIFIER_OPEN', message);
    }
    const place = nameOf(values.address);
    const whyAborted = (signal: AbortSignal): string =>
      abortReason(signal) === 'timeout'
        ? `${place} did not take the message within ${services.attemptTimeoutMs / 1000} s`
        : `stopped before ${place} had taken the message`;
    const transport = await openTransport(values, services, whyAborted);
    const traced = tracedTransport(transport, place, services.test);
    return syslogNotifier(writerOf(values, services), traced, whyAborted);
  },
});

type Write = (delivery: Delivery) => Written | { readonly wrong: string };

function syslogNotifier(
  write: Write,
  transport: SyslogTransport,
  whyAborted: (signal: AbortSignal) => string,
): Notifier {
  async function notify(deliveries: readonly Delivery[], signal: AbortSignal): Promise<readonly Outcome[]> {
    const written = deliveries.map(write);
    const outcomes: Outcome[] = [];
    while (outcomes.length < written.length) {
      const rest = written.slice(outcomes.length);
      const [first] = rest;
      if (signal.aborted) {
        outcomes.push(...rest.map(() => retry(whyAborted(signal))));
      } else if (first !== undefined && 'wrong' in first) {
        outcomes.push({ status: 'rejected', reason: first.wrong });
      } else {
        const end = rest.findIndex((one) => 'wrong' in one);
        outcomes.push(...(await sendAll((end < 0 ? rest : rest.slice(0, end)) as readonly Written[], signal)));
        // Behind one that failed nothing is sent, whichever lane it is of: the connection is that of all.
        const last = outcomes.at(-1);
        if (last?.status === 'retry') outcomes.push(...written.slice(outcomes.length).map(() => last));
      }
    }
    return outcomes;
  }

  /** Outcomes of the messages up to one that is too long, or of all. */
  async function sendAll(messages: readonly Written[], signal: AbortSignal): Promise<readonly Outcome[]> {
    const taken = await transport.send(
      messages.map(({ bytes }) => bytes),
      signal,
    );
    const outcomes = messages.slice(0, taken.count).map(({ cutFrom }) => deliveredAs(cutFrom));
    if (taken.count === messages.length) return outcomes;
    const reason = printable(taken.reason ?? 'it was not sent', 500);
    if (taken.tooLong) return [...outcomes, { status: 'rejected', reason: `${reason}; see syslog_max_length` }];
    return [...outcomes, ...messages.slice(taken.count).map(() => retry(reason))];
  }
  return { maxBatch, notify, close: () => transport.close() };
}

function retry(reason: string): Outcome {
  return { status: 'retry', reason };
}

function deliveredAs(cutFrom: number | undefined): Outcome {
  const cut = cutFrom === undefined ? '' : `; the text was cut from ${cutFrom} bytes`;
  return { status: 'delivered', detail: `given to the kernel; syslog confirms nothing${cut}` };
}

function problemsIn(values: Values): readonly OptionProblem[] {
  const { address, max_length: maxLength = 0 } = values;
  const problems = [...tlsFileProblems(values, address.kind === 'tls', 'write tls:// in syslog_address')];
  if (address.kind === 'udp' && maxLength > longestUdp) {
    const message = `a UDP datagram has at most ${longestUdp} bytes`;
    problems.push({ option: 'max_length', ...error(message, 'make it shorter, or use tcp:// or tls://') });
  }
  return problems;
}
