/** The frame of a benchmark: what it needs of the machine, and what is undone behind it. */
import { senderIsMissing } from '../e2e/sender.ts';
import type { Defer } from '../e2e/workspace.ts';

/** Calls `measure`, and then what it has deferred, the last first. */
export async function measuring(measure: (defer: Defer) => Promise<void>): Promise<void> {
  const undo: (() => void | Promise<void>)[] = [];
  try {
    await measure((step) => {
      undo.push(step);
    });
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

/** The same where the sender in C is to be had; says so where it is not. */
export async function measuringWithSender(measure: (defer: Defer) => Promise<void>): Promise<void> {
  const missing = await senderIsMissing();
  if (missing === undefined) await measuring(measure);
  else process.stdout.write(`The benchmark is skipped: ${missing}.\n`);
}
