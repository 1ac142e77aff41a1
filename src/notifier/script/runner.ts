/** The process of a script: loads it, runs its functions for the jobs that the daemon sends, and answers with outcomes. */
import { Console } from 'node:console';
import { pathToFileURL } from 'node:url';
import type { Outcome } from '../notifier.ts';
import type { FromScript, ToScript } from './messages.ts';
import { runJob, type ScriptModule } from './run-job.ts';

/** How often a job that takes long says that it makes progress, in milliseconds. */
const aliveEveryMs = 1000;

async function run(path: string): Promise<void> {
  // What the script prints is logged.
  globalThis.console = new Console(process.stderr);
  const url = pathToFileURL(path).href;
  // A mistake in it ends this process, with the line on standard error.
  const module: ScriptModule = await import(url);
  let underWay = 0;
  let aliveAt = Date.now();
  let answers: (readonly [number, readonly Outcome[]])[] = [];

  function onProgress(): void {
    const now = Date.now();
    if (Math.abs(now - aliveAt) < aliveEveryMs) return;
    aliveAt = now;
    send('alive');
  }
  function answer(job: number, outcomes: readonly Outcome[]): void {
    if (answers.length === 0) setImmediate(flush);
    answers.push([job, outcomes]);
  }
  function flush(): void {
    underWay -= answers.length;
    send(answers);
    answers = [];
    endIfDone();
  }
  /** The daemon closes the channel when it needs the script no more. */
  function endIfDone(): void {
    if (underWay === 0 && !process.connected) process.exit();
  }
  process.on('disconnect', endIfDone);
  process.on('message', (jobs: ToScript) => {
    underWay += jobs.length;
    for (const job of jobs) void runJob(module, url, job, onProgress).then((outcomes) => answer(job.number, outcomes));
  });
  send('ready');
}

function send(message: FromScript): void {
  // It fails where the daemon is gone, and then nobody needs the answer.
  if (process.connected) process.send?.(message, () => {});
}

const [, , path] = process.argv;
// Where it is imported, and not run, there is no channel.
if (process.send !== undefined && path !== undefined) await run(path);
