/** `belfry explain`: what becomes of events and captured requests, and why. */
import type { Command } from 'commander';
import { BelfryError } from '../base/error.ts';
import { type RawRequest, sourceOf } from '../base/request.ts';
import { requestsIn } from '../decode/captured.ts';
import { renderExplanation } from '../examine/render-explanation.ts';
import { configurationFlag, loadWithRules } from './configuration-file.ts';
import { type CommandIo, outJson, readInput } from './io.ts';

interface ExplainFlags {
  readonly config?: string;
  readonly json?: true;
  readonly dovecot?: true;
}

export function addExplain(program: Command, io: CommandIo): void {
  program
    .command('explain')
    .summary('show how belfry would process an event, and why')
    .description(
      'Reads events (a JSON object, an array of them, or one on each line) or captured requests (datagrams or a ' +
        'stream) from files or standard input. Shows for each how it is decoded, whether it is valid, what the filters remove or change, and which notifiers deliver it. ' +
        'With --dovecot also whether it only repeats an earlier one: give the reports of several drivers in their order.',
    )
    .argument('[files...]', 'files with events or captured requests; - is standard input', ['-'])
    .option(...configurationFlag)
    .option('--json', 'print one JSON object for each, for programs')
    .option('--dovecot', 'each file is a push notification of Dovecot: an HTTP body, or a whole captured HTTP request')
    .action(async (files: readonly string[], flags: ExplainFlags) => {
      const configuration = await loadWithRules(flags.config, io.err);
      const [{ compileRules }, { explainer }] = await Promise.all([
        import('../daemon/generation.ts'),
        import('../examine/explain.ts'),
      ]);
      const { parts, choosers } = await compileRules(configuration);
      const explain = explainer(parts, choosers);
      let next = 1;
      for (const file of files) {
        const input = readInput(file);
        const { requests, notes } = flags.dovecot
          ? await notificationsIn(input, file, next)
          : { requests: requestsIn(input, file), notes: [] };
        if (requests.length === 0) {
          throw new BelfryError('BAD_INPUT', `${file}: contains neither an event nor a request`);
        }
        for (const request of requests) {
          const explanation = explain(request);
          if (flags.json) outJson(io, explanation);
          else io.out(renderExplanation(explanation, next));
          next += 1;
        }
        if (!flags.json) io.out(notes.map((note) => `${note}\n`).join(''));
      }
    });
}

/** The notifications of one request of Dovecot, as its intake takes them apart, and what it leaves out. They are numbered from `first`. */
async function notificationsIn(
  input: Buffer,
  file: string,
  first: number,
): Promise<{ requests: readonly RawRequest[]; notes: readonly string[] }> {
  const { splitDovecot } = await import('../decode/dovecot/split.ts');
  const head = /^[A-Z]+ ([^\n]*) HTTP\/1\.[01]\r?\n/.exec(input.toString('latin1', 0, 4096));
  const end = head === null ? null : /\r?\n\r?\n/.exec(input.toString('latin1'));
  const split = splitDovecot(end === null ? input : input.subarray(end.index + end[0].length));
  if (!split.ok) throw new BelfryError('BAD_INPUT', `${file}: ${split.problem.message}`);
  const { parts, repeated } = split.value;
  return {
    requests: parts.map(({ bytes, dialect }) => ({
      format: 'dovecot',
      bytes,
      source: sourceOf(head?.[1] ?? '', dialect),
    })),
    notes: [
      ...parts.flatMap(({ note }, i) => (note === undefined ? [] : [`${first + i} was ${note}`])),
      ...repeated.map((what) => `left out: ${what}`),
    ],
  };
}
