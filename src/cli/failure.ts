/** The one way in which a command says that it has failed: a line on standard error and a status, never a stack trace. */
import { asBelfryError } from '../error.ts';
import type { CommandIo } from './io.ts';

export function fail(thrown: unknown, io: Pick<CommandIo, 'err' | 'exit'>): void {
  const { code, message, exitStatus } = asBelfryError(thrown);
  io.err(`belfry: ${message}${code === 'INTERNAL' ? ` [${code}]` : ''}\n`);
  io.exit(exitStatus);
}

/**
 * From now on what nobody catches, in any part of the process, ends it with that line. The daemon puts its own listeners
 * in this place, because it has a log.
 */
export function failOnUncaught(io: Pick<CommandIo, 'err' | 'exit'>): void {
  const end = (thrown: unknown): void => {
    fail(thrown, io);
    process.exit();
  };
  process.on('uncaughtException', end);
}
