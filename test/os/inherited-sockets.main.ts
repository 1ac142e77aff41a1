/** Takes what it was passed to us, and tells what it believes, what of it its own children would inherit, and its variables. */
import { readFileSync } from 'node:fs';
import { BelfryError } from '../../src/base/error.ts';
import { takeInheritedSockets } from '../../src/os/inherited-sockets.ts';

/** O_CLOEXEC in the flags of proc(5). */
const closesOnExec = (descriptor: number): boolean => {
  const [, flags = ''] = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')) ?? [];
  return (Number.parseInt(flags, 8) & 0o2000000) !== 0;
};

try {
  const taken = takeInheritedSockets(process.env, process.pid);
  const variables = Object.keys(process.env).filter((name) => /^(?:LISTEN|CYRUS)_/.test(name));
  const closed = taken.sockets.map(({ descriptor }) => closesOnExec(descriptor));
  process.stdout.write(JSON.stringify({ ...taken, variables, closed }));
} catch (thrown) {
  if (!(thrown instanceof BelfryError)) throw thrown;
  process.stdout.write(JSON.stringify({ code: thrown.code, message: thrown.message }));
}
