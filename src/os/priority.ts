/** The priority of one thread, so that the work which may wait gives way to the work which may not. */
import { constants, getPriority, setPriority } from 'node:os';
import { messageOf } from '../base/error.ts';

/**
 * Makes the calling thread, and the programs that it starts from now on, give way to others by `nice` (0 to 19). On Linux
 * the priority is the thread's own (setpriority(2)): threads that are running already keep theirs, and those that are
 * started later take that of who starts them. It cannot be taken back without privileges, so a lower one is left
 * alone. Answers why it could not be done.
 */
export function giveWay(nice: number): string | undefined {
  try {
    if (nice > getPriority()) setPriority(Math.min(nice, constants.priority.PRIORITY_LOW));
    return undefined;
  } catch (thrown) {
    return messageOf(thrown);
  }
}
