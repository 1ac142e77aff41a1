/** Asks the running daemon, or the spool that a stopped one has left, and prints what comes. */
import type { AdminAnswer, AdminRequest, AdminRow, AdminSummary } from '../admin/protocol.ts';
import { formerUnusableConsumer, unusableConsumer } from '../admin/unusable-consumer.ts';
import type { Configuration } from '../config/configuration.ts';
import { loadReadable } from './configuration-file.ts';
import { type CommandIo, outJson } from './io.ts';
import { progressBar } from './progress-bar.ts';
import { count } from './table.ts';

export interface AdminFlags {
  readonly config?: string;
  readonly json?: true;
}

/** Help for --json, the same for every command. */
export const jsonFlag = ['--json', 'print one JSON object on each line, for programs'] as const;

/** Hands each row to `onRow` as it comes; with --json it is printed instead. */
export async function administer(
  flags: AdminFlags,
  request: AdminRequest,
  io: CommandIo,
  onRow: (row: AdminRow) => void = () => {},
): Promise<AdminSummary> {
  const configuration = await loadReadable(flags.config, io.err);
  const current = withCurrentName(request, io);
  const bar = progressBar(io, request.command);
  try {
    for await (const answer of await answersTo(current, configuration, io)) {
      if ('row' in answer) {
        if (flags.json) outJson(io, answer.row);
        onRow(answer.row);
        // A reader that is slower than we are must not make a long list pile up here.
        await io.taken?.();
      } else if ('progress' in answer) {
        bar.show(answer.progress.done, answer.progress.total);
      } else if ('done' in answer) {
        return answer.done;
      }
    }
  } finally {
    bar.clear();
  }
  return { changed: 0, inProgress: 0 };
}

/** Accepts the name that the consumer of unusable requests had until 0.2.0, with a hint. */
function withCurrentName(request: AdminRequest, io: CommandIo): AdminRequest {
  if (!('notifier' in request) || request.notifier !== formerUnusableConsumer) return request;
  io.err(`belfry: "${formerUnusableConsumer}" is now called "${unusableConsumer}"; write -n ${unusableConsumer}\n`);
  return { ...request, notifier: unusableConsumer };
}

async function answersTo(
  request: AdminRequest,
  configuration: Configuration,
  io: CommandIo,
): Promise<AsyncIterable<AdminAnswer>> {
  const { askDaemon } = await import('../admin/control-client.ts');
  const answers = await askDaemon(configuration.controlSocket, request);
  if (answers !== undefined) return answers;
  return offline(request, configuration, io);
}

async function* offline(
  request: AdminRequest,
  configuration: Configuration,
  io: CommandIo,
): AsyncGenerator<AdminAnswer, void, void> {
  // The libraries of the spool are needed only where no daemon answers.
  const [{ openOfflineSpool }, { runCommand }] = await Promise.all([
    import('../daemon/offline-spool.ts'),
    import('../admin/run-command.ts'),
  ]);
  const stopped = await openOfflineSpool(configuration, io.err);
  try {
    yield* runCommand(stopped.tools, request);
  } finally {
    await stopped.close();
  }
}

/** Prints what was changed, `done` being the word for it. */
export function report(flags: AdminFlags, { changed, inProgress }: AdminSummary, done: string, io: CommandIo): void {
  if (flags.json) {
    outJson(io, { changed, inProgress });
    return;
  }
  const busy =
    inProgress === 0
      ? ''
      : `; ${inProgress} not changed, because ${inProgress === 1 ? 'it is' : 'they are'} in progress`;
  io.out(`${count(changed, 'notification')} ${done}${busy}.\n`);
}
