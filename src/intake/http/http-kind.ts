/** Declares the intake over HTTP: its setting and its options. */

import type { Authentication } from '../../http-server/authentication.ts';
import type { TlsFiles } from '../../http-server/files.ts';
import type { SocketFile } from '../../os/socket-file.ts';
import { defineIntake } from '../intake.ts';
import { httpOptions } from './http-options.ts';

/** A server for HTTP, on a Unix socket or on an address of the network. */
export type HttpSetting = HttpService &
  (
    | SocketFile
    | {
        readonly path?: undefined;
        readonly mode?: undefined;
        readonly group?: undefined;
        /** An IP address, without brackets. */
        readonly host: string;
        readonly port: number;
        /** Absent: without encryption. */
        readonly tls?: TlsFiles;
      }
  );

interface HttpService {
  readonly transport: 'http';
  /** As it is written in http_listen. */
  readonly name: string;
  readonly maxBodyBytes: number;
  readonly maxConnections: number;
  readonly authentication: Authentication;
}

/** What is in force for sockets for HTTP that are passed to the process and are not among http_listen. */
export type HttpDefaults = Omit<HttpService, 'name'> & {
  readonly tls?: TlsFiles;
};

export const http = defineIntake<HttpSetting>({
  name: 'http',
  options: httpOptions,
  thread: 'parse',
  async open(setting, services) {
    const { openHttpIntake } = await import('./http-intake.ts');
    const intake = await openHttpIntake({ ...services, ...setting });
    return { intake, renew: (renewed) => intake.renew(renewed) };
  },
});
