/** The terminal that a process was started in, and whether it is still there. */
import { isatty } from 'node:tty';

/**
 * To be called at the start; what it answers says whether none of the terminals on descriptor 0, 1 or 2 is there any
 * more. The kernel takes the terminal away from every process that has it open before it sends them SIGHUP
 * (drivers/tty/tty_io.c, `__tty_hangup`). Undefined where there is none: a service has none, nor has what nohup(1) started.
 */
export function watchTerminal(isTerminal: (descriptor: number) => boolean = isatty): (() => boolean) | undefined {
  const terminals = [0, 1, 2].filter(isTerminal);
  return terminals.length === 0 ? undefined : () => !terminals.some(isTerminal);
}
