/** Where the receiver of a notifier is, for a check that connects to it and delivers nothing. */

export interface ReceiverAddress {
  /** For people: as one would write it, without a secret. */
  readonly name: string;
  /** A Unix socket (also `@` and an abstract name), or a host (without the brackets of IPv6) and a port. */
  readonly at: { readonly path: string } | { readonly host: string; readonly port: number };
  /** `datagram`: nobody answers a connection. */
  readonly transport: 'stream' | 'datagram';
  /** Present when the connection is encrypted from its first byte. The files are PEM. */
  readonly tls?: ReceiverTls;
  /** Why no connection may be made to an IP address, by an option of the notifier; undefined where it may. */
  refuses?(address: string): string | undefined;
  /** What the other end is asked once the connection stands: absent, nothing. */
  readonly asks?:
    | { readonly protocol: 'http'; readonly host: string; readonly path: string }
    | { readonly protocol: 'smtp'; readonly name: string; readonly startTls?: ReceiverTls };
  /** The option to look at when it cannot be reached, without the name of the notifier: `webhook_url`. */
  readonly option: string;
}

export interface ReceiverTls {
  /** The name that its certificate must have. */
  readonly servername: string;
  /** Options without the name of the notifier that name a file with CAs, to be named in a remedy. */
  readonly caOption: string;
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

interface TlsValues {
  readonly ca: string | undefined;
  readonly client_certificate: string | undefined;
  readonly client_key: string | undefined;
}

/** Of a method with the options of `tls-files.ts`. */
export function receiverTls(method: string, host: string, values: TlsValues): ReceiverTls {
  return {
    servername: host,
    caOption: `${method}_ca`,
    ca: values.ca,
    certificate: values.client_certificate,
    key: values.client_key,
  };
}

/** Of a method with the options of a broker: one server. */
export function brokerAddress(
  method: string,
  option: string,
  server: { readonly name: string; readonly host: string; readonly port: number; readonly encrypts: boolean },
  values: TlsValues,
): ReceiverAddress {
  const { name, host, port, encrypts } = server;
  const tls = encrypts ? { tls: receiverTls(method, host, values) } : {};
  return { name, at: { host, port }, transport: 'stream', option, ...tls };
}
