/** `belfry test`: tries a notifier with a sample event, and shows the whole exchange with its receiver. */
import type { Command } from 'commander';
import { exitStatus } from '../base/error.ts';
import { printable, printableLines } from '../base/printable.ts';
import type { TestedNotifier } from '../daemon/test-notifier.ts';
import { configurationFlag, loadWithRules } from './configuration-file.ts';
import { type CommandIo, outJson } from './io.ts';

interface TestFlags {
  readonly config?: string;
  readonly event?: string;
  readonly json?: true;
}

/** What stands before each line of the exchange. */
const marks = { sent: '> ', received: '< ', note: '* ' } as const;

export function addTest(program: Command, io: CommandIo): void {
  program
    .command('test')
    .summary('send a test event through a notifier, and show the exchange')
    .description(
      'Opens a notifier of the configuration, sends one sample event, and prints what is sent (>), what the receiver answers (<), ' +
        'and what happens (*). Secrets are hidden. The event really arrives: it has the parameter vnd.belfry.test and an id that ' +
        'begins with test-; a webhook has the header belfry-test, a program the variable BELFRY_TEST, a mail the header X-Belfry-Test. ' +
        'It is in no spool and counts nowhere, and belfry makes one attempt only. A daemon may be running or not. Exits with 0 if the ' +
        'event was delivered, with 75 if belfry would try again, with 69 if it was rejected.',
    )
    .argument('<notifier>', 'name of the notifier')
    .option(...configurationFlag)
    .option(
      '--event <type>',
      'type of the event (default: the first that the notifier gets, of MessageNew and all others)',
    )
    .option('--json', 'print one JSON object, for programs')
    .action(async (name: string, { config, event, json }: TestFlags) => {
      const configuration = await loadWithRules(config, io.err, name);
      const { testNotifier } = await import('../daemon/test-notifier.ts');
      const exchange: { readonly kind: keyof typeof marks; readonly text: string }[] = [];
      const trace = (kind: keyof typeof marks, text: string): void => {
        exchange.push({ kind, text });
        if (!json) io.out(marked(kind, text));
      };
      const stop = new AbortController();
      const tested = await testNotifier(configuration, name, event, { trace }, stop.signal);
      if (json) outJson(io, { ...tested, exchange });
      else io.out(render(tested, exchange.length > 0));
      io.exit(statusOf(tested));
    });
}

function marked(kind: keyof typeof marks, text: string): string {
  const lines = printableLines(text).split('\n');
  return lines.map((line) => `${`${marks[kind]}${line}`.trimEnd()}\n`).join('');
}

function render(
  { notifier, method, event, id, filteredBy, outcome, durationMs }: TestedNotifier,
  isShown: boolean,
): string {
  const { status } = outcome;
  const why = status === 'delivered' || status === 'filtered' ? outcome.detail : outcome.reason;
  const wasSent = isShown || (status !== 'rejected' && status !== 'filtered');
  const what = status === 'retry' ? 'not delivered, a daemon would try again' : status;
  return [
    ...(isShown ? [''] : wasSent ? [`Method ${method} does not report its exchange.`] : []),
    `${notifier} (method ${method}): ${event} ${id}`,
    `${what}${wasSent ? '' : ', nothing was sent'} (${durationMs} ms)${why === undefined ? '' : `: ${printable(why, 2000)}`}`,
    ...(filteredBy === undefined
      ? []
      : [
          `Note: an event like this from a mail server is filtered by ${filteredBy.option}: ${printable(filteredBy.detail, 500)}`,
        ]),
    '',
  ].join('\n');
}

function statusOf({ outcome: { status } }: TestedNotifier): number {
  if (status === 'delivered') return exitStatus.ok;
  return status === 'retry' ? exitStatus.temporary : exitStatus.unavailable;
}
