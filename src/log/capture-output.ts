/** Makes lines of the log of what else would be written to standard output and standard error: by libraries, and by Node itself. */
import type { Logger } from 'pino';

/** What is written without a line end is not waited for beyond this, in characters. */
const longestLine = 16 * 1024;

/**
 * From now on what the process writes to `process.stdout` and `process.stderr`, its worker threads included, and its
 * warnings are lines of the log. What it answers still writes to standard error. What native code writes to descriptor 2,
 * mostly when it ends the process, is not seen.
 */
export function captureOutput(log: Logger): (text: string) => void {
  const write = process.stderr.write.bind(process.stderr);
  for (const [name, level] of [
    ['stdout', 'info'],
    ['stderr', 'warn'],
  ] as const) {
    const take = lineTaker((line) => log[level]({ source: name }, line));
    // As the stream itself has it: with an encoding, a callback, or neither.
    process[name].write = (chunk: string | Uint8Array, ...others: readonly unknown[]): boolean => {
      take(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
      const done = others.find((other) => typeof other === 'function');
      if (done !== undefined) process.nextTick(done);
      return true;
    };
  }
  logWarnings(log);
  return (text) => void write(text);
}

/** The warnings of this thread (deprecations, leaks, experiments) become lines of the log. */
export function logWarnings(log: Logger): void {
  // Node's own listener, which prints them.
  process.removeAllListeners('warning');
  process.on('warning', (warning: Error & { readonly code?: string; readonly detail?: string }) => {
    const { name, code, message, detail } = warning;
    const fields = { source: name, ...(code === undefined ? {} : { code }), ...(detail ? { detail } : {}) };
    log.warn(fields, message);
  });
}

/** Hands on whole lines, without those that are empty. */
function lineTaker(onLine: (line: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestLine) {
      lines.push(rest);
      rest = '';
    }
    for (const line of lines) if (line.trim() !== '') onLine(line.trimEnd());
  };
}
