/** A descriptor as a careless library opens it: without O_CLOEXEC, so that a program would inherit it. */
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { fcntl } from '../../src/os/libc.ts';

const F_DUPFD = 0;
const O_CLOEXEC = 0o2000000;

/** Its number is `atLeast` or the next one that is free. Closed by what is given to `defer`. */
export function unmarkedDescriptor(defer: (step: () => void) => void, atLeast = 3): number {
  const marked = openSync('/dev/null', 'r');
  const descriptor = fcntl(marked, F_DUPFD, 'int', atLeast);
  closeSync(marked);
  if (descriptor < 0) throw new Error('no descriptor can be made');
  defer(() => closeSync(descriptor));
  return descriptor;
}

/** The descriptors from 3 on that a program would inherit. */
export function unmarkedDescriptors(): readonly number[] {
  return readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      const [, flags = ''] = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'latin1')) ?? [];
      return Number(name) < 3 || (Number.parseInt(flags, 8) & O_CLOEXEC) !== 0 ? [] : [Number(name)];
    } catch {
      // The one by which the directory was read.
      return [];
    }
  });
}
