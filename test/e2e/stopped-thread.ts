/** Stops one thread of a process where it is, as a debugger does, so that it hangs while all the others go on. */
import { spawn } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { until } from '../support/until.ts';
import { runProgram } from './run-program.ts';
import type { Defer } from './workspace.ts';

/** PTRACE_SEIZE and PTRACE_INTERRUPT (ptrace(2)). The thread goes on when the tracer ends. */
const tracer = `
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
thread = int(sys.argv[1])
for request in (0x4206, 0x4207):
    if libc.ptrace(request, thread, None, None) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))
os.waitpid(thread, 0x40000000)
print("stopped", flush=True)
sys.stdin.read()
`;

/** Why no thread can be stopped here; undefined when one can. */
export async function tracingIsImpossible(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'only root may trace a process that is not its child';
  const python = await runProgram('python3', ['--version']).catch(() => undefined);
  return python?.status === 0 ? undefined : 'python3 is not installed';
}

/** Stops a thread; what it answers lets it go on. */
export async function stopThread(thread: number, defer: Defer): Promise<() => Promise<void>> {
  const child = spawn('python3', ['-c', tracer, String(thread)], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => resolve());
  });
  const resume = async (): Promise<void> => {
    child.stdin.end();
    await ended;
  };
  defer(resume);
  await until('the thread to stop', () => output.includes('stopped'));
  return resume;
}

/** The thread of a process that sleeps until something arrives on a Unix socket: the one whose epoll has the socket. */
export async function threadAt(pid: number, socket: string): Promise<number> {
  const inodes = (await readFile('/proc/net/unix', 'utf8'))
    .split('\n')
    .flatMap((line) => (line.endsWith(` ${socket}`) ? [line.trim().split(/\s+/).at(-2)] : []));
  const descriptors = await readdir(`/proc/${pid}/fd`);
  const targets = new Map<string, string>();
  for (const fd of descriptors) targets.set(fd, await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''));
  const wanted = descriptors.filter((fd) => inodes.some((inode) => targets.get(fd) === `socket:[${inode}]`));
  const polls: string[] = [];
  for (const fd of descriptors.filter((one) => targets.get(one) === 'anon_inode:[eventpoll]')) {
    const watched = await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8');
    if (wanted.some((one) => new RegExp(`^tfd:\\s+${one} `, 'm').test(watched))) polls.push(fd);
  }
  return until('a thread that waits for the socket', async () => {
    for (const thread of await readdir(`/proc/${pid}/task`)) {
      const [, first = ''] = (await readFile(`/proc/${pid}/task/${thread}/syscall`, 'utf8')).split(' ');
      if (polls.some((fd) => Number(first) === Number(fd))) return Number(thread);
    }
    return undefined;
  });
}
