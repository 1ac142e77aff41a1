/** Brings the sockets of the configuration and those that were passed to the process together. */
import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { BelfryError, ifPossible } from '../base/error.ts';
import type { Configuration, DatagramDefaults, SocketSetting } from '../config/configuration.ts';
import { isLoopback } from '../config/place.ts';
import type { DlistDefaults } from '../intake/dlist/dlist-kind.ts';
import type { HttpDefaults, HttpSetting } from '../intake/http/http-kind.ts';
import type { InheritedSocket } from '../os/inherited-sockets.ts';

/** A socket to read: one that was passed to us as `descriptor`, or one to open. */
export interface PlannedSocket {
  readonly setting: SocketSetting;
  readonly descriptor?: number;
}

/** What of a configuration is about sockets. */
export type SocketsInConfiguration = Pick<Configuration, 'sockets' | 'http' | 'dlist'> &
  Partial<Pick<Configuration, 'datagram'>>;

/**
 * Every socket that was passed to us is read: in the place of the setting that has its address, or the name that it was
 * given, or, where there is none, by its kind. Of what is configured the rest is opened, but not the default of
 * notifysocket beside a datagram socket that was passed to us: nobody sends there. Throws BelfryError SOCKET_PASSED
 * when a setting asks for another kind of socket than the one that was passed for it.
 */
export function planSockets(
  { sockets: settings, http, dlist, datagram = {} }: SocketsInConfiguration,
  inherited: readonly InheritedSocket[],
): readonly PlannedSocket[] {
  const open = new Set(settings);
  const passed = inherited.map((socket): PlannedSocket => {
    const setting = [...open].find((one) => means(one, socket)) ?? [...open].find(({ name }) => name === socket.name);
    if (setting === undefined)
      return { setting: settingFor(socket, http, dlist, datagram), descriptor: socket.descriptor };
    open.delete(setting);
    return { setting: fitting(setting, socket), descriptor: socket.descriptor };
  });
  const hasDatagram = passed.some(({ setting }) => setting.transport === 'datagram');
  const toOpen = [...open].filter((one) => one.transport !== 'datagram' || !one.byDefault || !hasDatagram);
  return [...passed, ...toOpen.map((setting) => ({ setting }))];
}

function means(setting: SocketSetting, { kind, address }: InheritedSocket): boolean {
  if (setting.path === undefined) return kind === 'tcp' && inetAddress(setting) === address;
  return kind !== 'tcp' && settled(setting.path) === settled(address);
}

/** As the kernel writes it; see `InheritedSocket`. */
function inetAddress({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(':') ? `${new URL(`http://[${host}]`).hostname}:${port}` : `${host}:${port}`;
}

/** The same text for the same file, by whichever path it is reached. */
function settled(path: string): string {
  if (path.startsWith('@')) return path;
  const directory = dirname(resolve(path));
  // The process that passed us the socket may see another tree of files than we do.
  return join(ifPossible(() => realpathSync(directory)) ?? directory, basename(path));
}

/** A setting says of a Unix stream which of the two it carries, whatever its name. */
const transportsOf = { datagram: ['datagram'], stream: ['dlist', 'http'], tcp: ['http'] } as const;

function fitting(setting: SocketSetting, { kind, descriptor }: InheritedSocket): SocketSetting {
  if (transportsOf[kind].some((transport) => transport === setting.transport)) return setting;
  throw new BelfryError(
    'SOCKET_PASSED',
    `${setting.name} needs a ${setting.transport} socket, but descriptor ${descriptor}, passed for it, is a ${kind} socket: ` +
      'use ListenDatagram= (proto="udp") for datagrams, ListenStream= for streams',
  );
}

/** Names of sockets that begin so are for HTTP. */
const httpName = /^http/i;

function transportOf({ kind, name }: InheritedSocket): 'datagram' | 'http' | 'dlist' {
  if (kind === 'datagram') return 'datagram';
  return kind === 'tcp' || httpName.test(name) ? 'http' : 'dlist';
}

function settingFor(
  socket: InheritedSocket,
  defaults: HttpDefaults,
  dlist: DlistDefaults,
  datagram: DatagramDefaults,
): SocketSetting {
  const { descriptor, address } = socket;
  const name = `descriptor ${descriptor}`;
  const transport = transportOf(socket);
  // Its file is there already, with the permissions that it was given.
  if (transport === 'datagram') return { transport, name, path: address, mode: 0, ...datagram };
  if (transport === 'http') return httpSettingFor(socket, name, defaults);
  return { ...dlist, name, path: address, mode: 0 };
}

function httpSettingFor({ kind, address }: InheritedSocket, name: string, defaults: HttpDefaults): HttpSetting {
  const { tls, ...service } = defaults;
  if (kind !== 'tcp') return { ...service, name, path: address, mode: 0 };
  const end = address.lastIndexOf(':');
  const host = address.slice(0, end).replace(/^\[(.*)\]$/, '$1');
  const { basic, token } = service.authentication;
  if (!isLoopback(host) && basic === undefined && token === undefined) {
    throw new BelfryError(
      'SOCKET_PASSED',
      `${address} (${name}) is reachable from other hosts, but no authentication is configured: set http_user and ` +
        'http_password_file, or http_token_file, or pass a socket on 127.0.0.1',
    );
  }
  return { ...service, name, host, port: Number(address.slice(end + 1)), ...(tls === undefined ? {} : { tls }) };
}
