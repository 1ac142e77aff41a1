/** Opens method script. */
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Delivery, Notifier, Services } from '../notifier.ts';
import { jobNotifier } from '../program/job-notifier.ts';
import type { Program } from '../program/started-program.ts';
import { ScriptProgram } from './script-program.ts';

/** The most deliveries that one call takes. */
const maxBatch = 256;
const mebibyte = 1024 * 1024;

interface Script {
  readonly file: string;
  /** Of its JavaScript objects, in bytes. */
  readonly memory: number;
  /** Jobs that are under way at a time, at the most. */
  readonly window: number;
}

export function openScript(
  settings: Omit<Program, 'input' | 'argv'>,
  { file, memory, window }: Script,
  { log, now, random, attemptTimeoutMs, test }: Services,
): Notifier {
  const heap = `--max-old-space-size=${Math.floor(memory / mebibyte)}`;
  const program = { ...settings, argv: [process.execPath, heap, ...runner(), file] as const };
  return jobNotifier(
    { size: window, maxBatch, path: file, log, now, random, attemptTimeoutMs, jobSize },
    (events) => new ScriptProgram(program, file, { log, now, test }, events),
  );
}

/** What Node runs: the file beside this one, as built or as source. */
function runner(): readonly string[] {
  if (!import.meta.url.endsWith('.ts')) return [fileURLToPath(new URL('./runner.js', import.meta.url))];
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return ['--import', loader, fileURLToPath(new URL('./runner.ts', import.meta.url))];
}

/** Those at the beginning that concern the same user. */
function jobSize(lane: readonly Delivery[]): number {
  const user = lane[0]?.notification.user;
  const other = lane.findIndex(({ notification }) => notification.user !== user);
  return other < 0 ? lane.length : other;
}
