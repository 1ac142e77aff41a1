/** `belfry tail`: events as they come, and what becomes of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { BelfryError } from '../base/error.ts';
import type { Configuration } from '../config/configuration.ts';
import { type AdminFlags, jsonFlag } from './administer.ts';
import { configurationFlag, loadReadable } from './configuration-file.ts';
import { type CommandIo, outJson, widthOf } from './io.ts';
import { lastSeen, renderEvent, renderUpdate } from './render-tail.ts';
import { styleFor } from './style.ts';

interface TailFlags extends AdminFlags {
  readonly user?: string;
  readonly mailbox?: string;
  readonly event?: string;
  readonly notifier?: string;
}

/** How soon a daemon that has gone is asked again. */
const againMs = 1000;

export function addTail(program: Command, io: CommandIo): void {
  program
    .command('tail')
    .summary('events as they come')
    .description(
      'Prints each request when it arrives, with how it stands with each notifier, and a further line when something has become of it, ' +
        'until Ctrl-C. Waits for a daemon that is restarted, and goes on where it was. Where more comes than one can read, it says how many it left out.',
    )
    .option('-e, --event <type>', 'only events of this type, like MessageNew, or requests of this class')
    .option('-u, --user <name>', 'only requests of this user')
    .option('-m, --mailbox <name>', 'only requests of this mailbox, like INBOX/Work')
    .option('-n, --notifier <name>', 'only what this notifier does not filter')
    .option(...configurationFlag)
    .option(...jsonFlag)
    .action(async (flags: TailFlags) => {
      const leaving = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => leaving.abort());
      await follow(await loadReadable(flags.config, io.err), flags, io, leaving.signal);
    });
}

/** Until `signal` aborts. Throws BelfryError SOCKET_ABSENT when no daemon runs at the beginning. */
async function follow(configuration: Configuration, flags: TailFlags, io: CommandIo, signal: AbortSignal) {
  const { askForStream } = await import('../admin/control-client.ts');
  const { controlSocket } = configuration;
  const query = new URLSearchParams();
  for (const name of ['event', 'user', 'mailbox', 'notifier'] as const) {
    const value = flags[name];
    if (value !== undefined) query.set(name, value);
  }
  const print = printer(flags, io);
  let [lastId, wasThere]: [string | undefined, boolean] = [undefined, false];
  while (!signal.aborted) {
    try {
      const stream = await askForStream(controlSocket, `/api/events/live?${query}`, signal, lastId);
      if (stream === undefined && !wasThere) {
        const remedy = 'start it (belfry serve), or name its configuration (-C)';
        throw new BelfryError('SOCKET_ABSENT', `no daemon answers on ${controlSocket}; ${remedy}`);
      }
      if (stream !== undefined) {
        if (wasThere) io.err('belfry: the daemon is back\n');
        wasThere = true;
        lastId = await print(stream, lastId);
      }
    } catch (thrown) {
      if (signal.aborted) return;
      if (!wasThere || !(thrown instanceof Error)) throw thrown;
    }
    if (signal.aborted) return;
    io.err('belfry: the daemon has gone; waiting for it\n');
    await sleep(againMs, undefined, { signal }).catch(() => {});
  }
}

/** Prints a stream to its end; answers with the last id. */
function printer(flags: TailFlags, io: CommandIo) {
  const seen = lastSeen();
  const style = styleFor(io, process.env);
  return async (stream: AsyncIterable<Uint8Array>, before: string | undefined): Promise<string | undefined> => {
    const [{ serverSent }, { recentRow }] = await Promise.all([
      import('../admin/server-sent.ts'),
      import('../admin/protocol.ts'),
    ]);
    let lastId = before;
    try {
      for await (const { event, id, data } of serverSent(stream)) {
        lastId = id ?? lastId;
        if (data === '') continue;
        const value: unknown = JSON.parse(data);
        if (event === 'skipped') {
          const { count } = value as { readonly count: number };
          if (flags.json) outJson(io, { skipped: count });
          else io.out(style('dim', `… ${count.toLocaleString('en-US')} more\n`));
        } else if (event === 'entry') {
          const row = recentRow.parse(value);
          if (flags.json) outJson(io, row);
          else
            io.out(
              id === undefined
                ? renderUpdate(row, seen, widthOf(io), style)
                : renderEvent(row, seen, widthOf(io), style),
            );
        }
        await io.taken?.();
      }
    } catch (thrown) {
      if (thrown instanceof BelfryError) throw thrown;
      // The daemon was restarted: what follows is asked for again.
    }
    return lastId;
  };
}
