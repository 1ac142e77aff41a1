/** The real notifyd of Cyrus, which runs a program for each request, where it is installed: what exec is compared with. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { holdSocket } from '../../e2e/held-socket.ts';
import { compileSender } from '../../e2e/sender.ts';
import { type Defer, makeWorkspace } from '../../e2e/workspace.ts';

/** Where Debian has it (cyrus-common). */
const notifyd = '/usr/lib/cyrus/bin/notifyd';

/** Why it cannot be measured; undefined when it can. */
export function notifydIsMissing(): string | undefined {
  if (!existsSync(notifyd)) return `there is no ${notifyd} (Debian: apt-get install cyrus-common)`;
  if (process.getuid?.() !== 0) return 'only root can start notifyd, which changes to the user cyrus';
  return undefined;
}

/**
 * How many requests a second it takes while it runs `program` for each of `count`, one after the other: that is how it works.
 * Cyrus master would start another one only if it was told to (`prefork`, `maxchild`).
 */
export async function notifydRate(program: string, count: number, defer: Defer): Promise<number> {
  const home = await makeWorkspace(defer, '/var/tmp');
  await chmod(home, 0o755);
  const [socket, file] = [join(home, 'notify'), join(home, 'imapd.conf')];
  await mkdir(join(home, 'proc'), { mode: 0o777 });
  const lines = {
    configdirectory: home,
    proc_path: join(home, 'proc'),
    notifysocket: socket,
    notify_external: program,
  };
  await writeFile(
    file,
    Object.entries(lines)
      .map(([name, value]) => `${name}: ${value}\n`)
      .join(''),
  );
  const sender = await compileSender(home);
  const held = holdSocket(socket, defer);
  // What master gives to a service: 3 takes its reports, 4 is its socket (Cyrus `master/service.h`).
  const reports = openSync('/dev/null', 'r+');
  defer(() => closeSync(reports));
  const child = spawn(notifyd, ['-C', file, '-m', 'external'], {
    stdio: ['ignore', 'ignore', 'inherit', reports, held],
    env: { PATH: '/usr/bin:/bin', CYRUS_SERVICE: 'notify', CYRUS_ID: '1' },
  });
  const ended = new Promise<string>((resolve) => {
    child.once('close', (status, signal) => resolve(`status ${status}, signal ${signal}`));
  });
  defer(async () => {
    child.kill();
    await ended;
  });
  const gone = ended.then((how) => {
    throw new Error(`notifyd has ended: ${how}`);
  });
  // The first ones until it has started.
  await Promise.race([gone, sender.send(socket, 20)]);
  const { perSecond } = await Promise.race([gone, sender.send(socket, count)]);
  // After the name: state, then 1 to 19; 14 and 15 are the times of the children that it has waited for (proc(5)).
  const stat = await readFile(`/proc/${child.pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (Number(fields[13]) + Number(fields[14]) === 0) throw new Error('notifyd has run no program');
  return perSecond;
}
