/** A bar on the terminal for work that takes a while; nothing where there is no terminal. */
import type { CommandIo } from './io.ts';

const barWidth = 30;
/** Work that is done sooner is shown by its result alone. */
const patienceMs = 300;
const redrawMs = 100;

export function progressBar(io: CommandIo, label: string, now: () => number = Date.now) {
  const startedAt = now();
  let drawnAt = startedAt + patienceMs - redrawMs;
  let drawn = 0;
  return {
    show(done: number, total: number): void {
      if (io.errIsTerminal !== true || total === 0 || now() - drawnAt < redrawMs) return;
      drawnAt = now();
      const filled = Math.floor((barWidth * done) / total);
      const bar = `${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}`;
      const line = `${label} [${bar}] ${done} of ${total}`;
      io.err(`\r${line.padEnd(drawn)}`);
      drawn = line.length;
    },
    /** Takes the bar off the terminal. */
    clear(): void {
      if (drawn > 0) io.err(`\r${' '.repeat(drawn)}\r`);
      drawn = 0;
    },
  };
}
