/** A real Exim, which puts each mail into a file of its own. */
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../../support/free-ports.ts';
import { type Defer, makeWorkspace } from '../workspace.ts';
import { greets, type RealServer, startServer } from './server.ts';

export interface EximServer extends RealServer {
  /** On 127.0.0.1. */
  readonly port: number;
  /** What it has delivered, as a mail program would find it. */
  mails(): readonly string[];
}

/** The user that Debian's Exim becomes. */
const eximUser = 'Debian-exim';

/**
 * It delivers to nobody but its own directory. `never@` is refused, `later@` deferred, everything else accepted; it offers DSN,
 * SMTPUTF8, and STARTTLS with a certificate that it makes itself.
 */
export async function startExim(defer: Defer): Promise<EximServer> {
  const directory = await makeWorkspace(defer);
  const { exim } = await freePorts(['exim']);
  const port = Number(exim);
  const inbox = join(directory, 'inbox');
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    Number(execFileSync('/usr/bin/id', [flag, eximUser], { encoding: 'utf8' })),
  );
  for (const name of ['spool', 'log', 'inbox', 'inbox/new', 'inbox/cur', 'inbox/tmp']) {
    mkdirSync(join(directory, name));
    chownSync(join(directory, name), uid ?? 0, gid ?? 0);
  }
  const file = join(directory, 'exim.conf');
  writeFileSync(
    file,
    `primary_hostname = mx.example.org
spool_directory = ${directory}/spool
log_file_path = ${directory}/log/%slog
pid_file_path = ${directory}/exim.pid
local_interfaces = 127.0.0.1
disable_ipv6
dsn_advertise_hosts = *
smtputf8_advertise_hosts = *
host_lookup =
rfc1413_hosts =
keep_environment =
acl_smtp_rcpt = recipients
acl_smtp_data = all
begin acl
recipients:
  deny local_parts = never
  defer local_parts = later
  accept
all:
  accept
begin routers
all:
  driver = accept
  transport = file
begin transports
file:
  driver = appendfile
  directory = ${inbox}
  maildir_format
  user = ${eximUser}
  return_path_add
  envelope_to_add
`,
  );
  const server = await startServer(
    {
      program: 'exim4',
      words: ['-C', file, '-bdf', '-oX', `127.0.0.1:${exim}`],
      answers: () => greets(port, '', /^220 /),
    },
    defer,
  );
  const arrived = join(inbox, 'new');
  return {
    ...server,
    port,
    mails: () => readdirSync(arrived).map((name) => readFileSync(join(arrived, name), 'utf8')),
  };
}
