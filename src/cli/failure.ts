/** The one way in which a command says that it has failed: a line on standard error and a status, never a stack trace. */
import { asBelfryError, type BelfryError, errorCodes } from '../base/error.ts';
import { printableLines } from '../base/printable.ts';
import type { CommandIo } from './io.ts';

export function fail(thrown: unknown, io: Pick<CommandIo, 'err' | 'exit'>): void {
  const error = asBelfryError(thrown);
  io.err(`belfry: ${withCode(error)}\n`);
  io.exit(error.exitStatus);
}

/** The message, which may quote what came from anywhere, and its code in brackets, which stands first where the message is a list. */
function withCode({ code, message: raw }: BelfryError): string {
  const message = printableLines(raw);
  if (!message.includes('\n')) return `${message} [${code}]`;
  const meaning = errorCodes[code].meaning.replace(/\.$/, '');
  return `${meaning.charAt(0).toLowerCase()}${meaning.slice(1)} [${code}]\n${message}`;
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
