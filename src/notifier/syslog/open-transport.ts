/** Chooses what sends the messages by the address that is configured. */
import { connect as connectPlain } from 'node:net';
import type { OptionValues } from '../../option/option.ts';
import type { Services } from '../notifier.ts';
import { connectionFault, readTlsFiles } from '../tls-files.ts';
import { nameOf } from './address.ts';
import type { syslogOptions } from './options.ts';
import { type StreamSettings, streamTransport } from './stream.ts';
import type { SyslogTransport } from './transport.ts';
import { udpTransport } from './udp.ts';
import { unixSocketTransport } from './unix-socket.ts';

type Values = OptionValues<typeof syslogOptions>;

/** Connects to nothing yet. Throws BelfryError NOTIFIER_OPEN where a file of TLS cannot be used. */
export async function openTransport(
  values: Values,
  services: Services,
  whyAborted: (signal: AbortSignal) => string,
): Promise<SyslogTransport> {
  const { address } = values;
  if (address.kind === 'unix') return unixSocketTransport(address.path, whyAborted);
  if (address.kind === 'udp') return udpTransport(address, whyAborted);
  const { host, port } = address;
  const name = nameOf(address);
  const common = {
    whyAborted,
    fault: (thrown: unknown) => `${name}: ${connectionFault(thrown, 'syslog')}`,
    doubtful: (messages: number) => {
      const fields = { notifier: services.name, receiver: name, messages };
      services.log.warn(
        fields,
        'the syslog connection was closed soon after messages were written to it; some may be lost',
      );
    },
  };
  if (address.kind === 'tcp') {
    const connect: StreamSettings['connect'] = () => ({ socket: connectPlain({ host, port }), readyEvent: 'connect' });
    return streamTransport({ ...common, connect });
  }
  const files = readTlsFiles(values, 'syslog', services);
  const { connect: connectTls } = await import('node:tls');
  const connect: StreamSettings['connect'] = () => ({
    socket: connectTls({ host, port, ...files }),
    readyEvent: 'secureConnect',
  });
  return streamTransport({ ...common, connect });
}
