/** Whether the receivers are there: programs, files, and servers, to which it connects without delivering anything. */
import type { NotifierConfiguration } from '../config/configuration.ts';
import { needProblem } from '../daemon/file-checks.ts';
import type { ReceiverAddress } from '../notifier/receiver-address.ts';
import { type Check, type Finding, fault, ok, unchecked, warning } from './check.ts';
import { concernsUser } from './configuration-check.ts';
import { connectReceiver, type Reached } from './connect-receiver.ts';
import type { DoctorContext } from './context.ts';

/** How long one receiver may take, in milliseconds. */
const receiverMs = 5000;
/** A signature of Standard Webhooks is valid for so long. */
const signatureMs = 5 * 60_000;
const lost = 'no event is lost: belfry tries again until retry_for has passed, and then keeps a dead letter';

export const receiversCheck: Check = {
  name: 'receivers',
  async *run(context) {
    const { notifiers } = context.configuration;
    if (notifiers.length === 0) {
      yield warning(
        'no notifier is configured',
        'belfry writes each event to its own log, and delivers it nowhere else',
        'write notifiers: NAME and NAME_method: METHOD into the configuration; docs/notifiers.md lists the methods',
      );
    }
    // All at the same time: each that hangs takes its whole time.
    const found = notifiers.map((notifier) => findingsFor(notifier, context));
    for (const findings of found) yield* await findings;
  },
};

async function findingsFor(notifier: NotifierConfiguration, context: DoctorContext): Promise<readonly Finding[]> {
  const { name, method, values, needs } = notifier;
  const title = `${name} (${method.name})`;
  const findings: Finding[] = [];
  // Those of the other files are found by the check of the configuration, and reported there.
  const [program] = needs.filter(({ use }) => use === 'program' || use === 'script' || use === 'append');
  if (program !== undefined) {
    const problem = needProblem(program);
    if (problem === undefined) findings.push(ok(`${title}: ${program.path} can be used`));
    else {
      const { file, line, option } = program;
      const remedy = problem.remedy ?? 'correct the option';
      const message = `${title}: ${problem.message}`;
      if (context.uid !== 0 && concernsUser(problem.remedy))
        findings.push(unchecked(message, { place: { file, line, option } }));
      else findings.push(fault(message, lost, remedy, { place: { file, line, option } }));
    }
  }
  const addresses = method.addresses?.(values) ?? [];
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(receiverMs)]);
  const reached = await Promise.all(addresses.map((address) => connectReceiver(address, signal)));
  for (const [index, address] of addresses.entries()) {
    const one = reached[index];
    if (one !== undefined) findings.push(...judged(notifier, address, one, context));
  }
  if (findings.length === 0) {
    findings.push(
      method.name === 'null' || method.name === 'log'
        ? ok(`${title}: needs no receiver`)
        : unchecked(`${title}: this method says nothing of a receiver; try it with belfry test ${name}`),
    );
  }
  return findings;
}

function judged(
  notifier: NotifierConfiguration,
  address: ReceiverAddress,
  reached: Reached,
  { loaded, now }: DoctorContext,
): readonly Finding[] {
  const { name, method } = notifier;
  const own = `${name}_${address.option}`;
  const place = loaded.placeOf(own, address.option);
  const title = `${name} (${method.name}): ${address.name}`;
  if (!reached.reached) {
    return [
      fault(`${title}: ${stageText[reached.stage]}: ${reached.reason}`, lost, remedyFor(address, reached), { place }),
    ];
  }
  const { how, clockAt } = reached;
  const apartMs = clockAt === undefined ? 0 : Math.abs(clockAt - now());
  const findings = [ok(`${title}: ${how}`)];
  if (apartMs > signatureMs) {
    findings.push(
      warning(
        `${title}: its clock and ours are ${Math.round(apartMs / 60_000)} minutes apart`,
        'a receiver that checks signatures refuses what is more than five minutes old or in the future',
        'set the clock of the machine that is wrong; timedatectl set-ntp true keeps it right',
        { place },
      ),
    );
  }
  return findings;
}

const stageText = {
  name: 'the name does not resolve',
  address: 'belfry may not connect to this address',
  connection: 'no connection',
  TLS: 'TLS fails',
  answer: 'it connects, but does not answer',
} as const;

function remedyFor(
  { at, tls, asks, option, name }: ReceiverAddress,
  { stage, reason }: Reached & { reached: false },
): string {
  const host = 'host' in at ? at.host : at.path;
  switch (stage) {
    case 'name':
      return `correct the host in ${option}, or the resolver of this machine: getent hosts ${host}`;
    case 'address':
      return 'name the range in webhook_allow, or correct webhook_url';
    case 'connection':
      if ('path' in at) return `start the server that listens on ${host}, or correct ${option}`;
      return /ECONNREFUSED/.test(reason)
        ? `start the server on ${host} port ${at.port}, or correct ${option}`
        : `see whether a firewall stands between: nc -vz ${host} ${at.port}; or correct ${option}`;
    case 'TLS': {
      const caOption = tls?.caOption ?? (asks?.protocol === 'smtp' ? asks.startTls?.caOption : undefined) ?? 'ca';
      if (/expired/.test(reason)) return `renew the certificate of ${name}`;
      if (/altname|does not match/i.test(reason)) return `use a name that is in the certificate in ${option}`;
      if (/wrong version number|packet length/.test(reason)) return `it does not speak TLS there: correct ${option}`;
      return `name a file with the certificate of its CA in ${caOption}, or give the server a certificate of a public CA`;
    }
    case 'answer':
      return `look into the log of ${name}; belfry test NAME shows the whole exchange`;
  }
}
