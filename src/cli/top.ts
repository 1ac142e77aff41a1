/** `belfry top`: the screen of `belfry status`, live. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { StatusAnswer } from '../admin/status-answer.ts';
import { BelfryError } from '../base/error.ts';
import { printable } from '../base/printable.ts';
import type { Configuration } from '../config/configuration.ts';
import type { AdminFlags } from './administer.ts';
import { askRunning } from './ask.ts';
import { configurationFlag, loadReadable } from './configuration-file.ts';
import { type CommandIo, widthOf } from './io.ts';
import { renderScreen } from './render-screen.ts';
import { styleFor } from './style.ts';

interface TopFlags extends AdminFlags {
  readonly interval: string;
}

/** q, Q, Ctrl-C, Ctrl-D. */
const leavingKeys: ReadonlySet<number> = new Set([0x71, 0x51, 0x03, 0x04]);

/**
 * xterm's control sequences: another screen without a cursor, where what is wider than a line is cut (characters may take two
 * columns), and back; from the top, to the end of the line, what is below.
 */
const sequences = {
  enter: '\u001b[?1049h\u001b[?25l\u001b[?7l',
  leave: '\u001b[?7h\u001b[?25h\u001b[?1049l',
  home: '\u001b[H',
  restOfLine: '\u001b[K',
  below: '\u001b[J',
};

export function addTop(program: Command, io: CommandIo): void {
  program
    .command('top')
    .summary('the status, live')
    .description(
      'Shows the screen of `belfry status` with rates, renewed every second, until q or Ctrl-C. Without a terminal it prints the screen once.',
    )
    .option('-i, --interval <seconds>', 'the time between two looks', '1')
    .option(...configurationFlag)
    .action(async (flags: TopFlags) => {
      const everyMs = Number(flags.interval) * 1000;
      if (!(everyMs >= 200 && everyMs <= 3_600_000)) {
        throw new BelfryError('USAGE', `--interval: "${flags.interval}" is not a number of seconds from 0.2 to 3600`);
      }
      const configuration = await loadReadable(flags.config, io.err);
      if (io.columns === undefined) await showTwice(configuration, io, everyMs);
      else await showUntilLeft(configuration, io, everyMs);
    });
}

async function look(configuration: Configuration, signal?: AbortSignal): Promise<StatusAnswer> {
  const { statusAnswer } = await import('../admin/status-answer.ts');
  return askRunning(configuration, '/api/status', statusAnswer, signal);
}

/** Two looks, for the rates. */
async function showTwice(configuration: Configuration, io: CommandIo, everyMs: number): Promise<void> {
  const before = await look(configuration);
  await sleep(everyMs);
  const options = { width: widthOf(io), style: styleFor(io, process.env), before };
  io.out(renderScreen(await look(configuration), options));
}

/** A daemon that is restarted is waited for. */
async function showUntilLeft(configuration: Configuration, io: CommandIo, everyMs: number): Promise<void> {
  const leaving = new AbortController();
  const { stdin } = process;
  const leave = (): void => leaving.abort();
  const onKeys = (keys: Buffer): void => {
    if (keys.some((key) => leavingKeys.has(key))) leave();
  };
  stdin.setRawMode?.(true);
  stdin.on('data', onKeys).on('end', leave);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, leave);
  // The first look fails where no daemon runs, before the screen changes.
  let before = await look(configuration, leaving.signal).catch((thrown: unknown) => {
    stdin.setRawMode?.(false).pause();
    if (!leaving.signal.aborted) throw thrown;
  });
  if (before === undefined) return;
  io.out(sequences.enter);
  try {
    draw(renderScreen(before, { width: widthOf(io), style: styleFor(io, process.env) }), io);
    while (!leaving.signal.aborted) {
      await sleep(everyMs, undefined, { signal: leaving.signal }).catch(() => {});
      if (leaving.signal.aborted) break;
      try {
        const status = await look(configuration, leaving.signal);
        draw(renderScreen(status, { width: widthOf(io), style: styleFor(io, process.env), before }), io);
        before = status;
      } catch (thrown) {
        if (leaving.signal.aborted) break;
        if (!(thrown instanceof BelfryError)) throw thrown;
        draw(`${printable(thrown.message)}\nWaiting for it to come back; q leaves.\n`, io);
      }
    }
  } finally {
    io.out(sequences.leave);
    stdin.setRawMode?.(false);
    stdin.off('data', onKeys).pause();
  }
}

/** Over what was there, so that nothing flickers; no more lines than the terminal has. */
function draw(screen: string, io: CommandIo): void {
  const rows = process.stdout.rows ?? Number.POSITIVE_INFINITY;
  const lines = screen.split('\n').slice(0, rows - 1);
  io.out(sequences.home + lines.map((line) => `${line}${sequences.restOfLine}\n`).join('') + sequences.below);
}
