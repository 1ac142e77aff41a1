/** Whether somebody receives on the sockets of belfry, and whether the mail server may send to them. */

import { once } from 'node:events';
import { createConnection } from 'node:net';
import { BelfryError, codeOf, messageOf } from '../base/error.ts';
import type { SocketSetting } from '../config/configuration.ts';
import { openDatagramSender } from '../os/datagram-sender.ts';
import { groupName } from '../os/group.ts';
import { mayWrite } from './access.ts';
import { type Check, type Finding, fault, ok, unchecked } from './check.ts';
import type { DoctorContext } from './context.ts';
import { cyrusIdentity, cyrusUserName } from './cyrus-user.ts';

const answerMs = 3000;

export const socketsCheck: Check = {
  name: 'sockets',
  async *run(context) {
    for (const socket of context.configuration.sockets) {
      const refusal = await refusalOf(socket, context.signal);
      if (refusal === undefined) yield ok(`${socket.name}: a process receives on it`);
      else yield unusable(socket, refusal, context);
      if (socket.transport !== 'http') yield* permission(socket, context);
    }
    if (context.uid !== 0) {
      yield unchecked(
        'not run as root: files in directories that are closed to this user were not looked at; for a complete examination run it as root',
      );
    }
  },
};

/** Connects, and sends nothing. Undefined where somebody receives. */
async function refusalOf(socket: SocketSetting, signal: AbortSignal): Promise<unknown> {
  try {
    if (socket.transport === 'datagram') {
      openDatagramSender(socket.path).close();
      return undefined;
    }
    const target =
      socket.path === undefined ? { host: connectable(socket.host), port: socket.port } : { path: socket.path };
    const connection = createConnection(target);
    try {
      await once(connection, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]) });
    } finally {
      connection.destroy();
    }
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}

/** The address by which this machine reaches what listens on all of them. */
function connectable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

function unusable(socket: SocketSetting, thrown: unknown, { configuration, loaded }: DoctorContext): Finding {
  const place = loaded.placeOf(socket.transport === 'http' ? 'http_listen' : 'notifysocket');
  const lost = 'what the mail server sends there is lost';
  const start = `start belfry: systemctl start belfry, or belfry serve -C ${configuration.files[0]}`;
  const code = thrown instanceof BelfryError ? thrown.code : codeOf(thrown);
  if (code === 'SOCKET_PERMISSION' || code === 'EACCES') {
    return unchecked(`${socket.name}: this user may not connect to it; run this as root`, { place });
  }
  const isAbsent = ['SOCKET_ABSENT', 'ENOENT', 'ECONNREFUSED'].includes(code ?? '');
  const message = isAbsent ? 'no process receives on it' : messageOf(thrown);
  return fault(`${socket.name}: ${message}`, lost, start, { place });
}

/** Only Cyrus opens the file; Dovecot and programs use HTTP. */
function* permission(socket: SocketSetting, context: DoctorContext): Generator<Finding, void, void> {
  const { imapd, loaded } = context;
  const { path } = socket;
  if (imapd.state === 'absent' || path === undefined || path.startsWith('@')) return;
  const identity = cyrusIdentity(context);
  if (identity === undefined) {
    const name = cyrusUserName(imapd);
    yield unchecked(`${path}: whether Cyrus may send to it: there is no user ${name} on this machine`);
    return;
  }
  const found = mayWrite(path, identity);
  const place = loaded.placeOf('notifysocket');
  const refused = 'Cyrus logs "Permission denied" and loses each event; the IMAP command succeeds';
  switch (found.access) {
    case 'yes':
      yield ok(`${path}: the user ${identity.name} may send to it`);
      return;
    case 'absent':
      // That nobody receives there has been said.
      return;
    case 'unknown':
      yield unchecked(
        `${path}: whether the user ${identity.name} may send to it: this user may not look into ${found.path}; run this as root`,
      );
      return;
    case 'no': {
      const mode = found.mode.toString(8).padStart(4, '0');
      if (found.isDirectory) {
        const remedy = `chmod o+x ${found.path}, or choose a socket in a directory that ${identity.name} can reach, such as /run/belfry/notify`;
        yield fault(
          `${path}: the user ${identity.name} may not pass the directory ${found.path} (mode ${mode})`,
          refused,
          remedy,
          { place },
        );
        return;
      }
      const remedy = `write notifysocket_group: ${groupName(identity.gids[0] ?? 0)} and notifysocket_mode: 0660 into ${loaded.files[0]} (under systemd: SocketGroup= of belfry.socket), and restart belfry`;
      yield fault(
        `${path}: the user ${identity.name} may not write to the socket (mode ${mode}, group ${groupName(found.gid)})`,
        refused,
        remedy,
        { place: loaded.placeOf('notifysocket_group', 'notifysocket_mode', 'notifysocket') },
      );
    }
  }
}
