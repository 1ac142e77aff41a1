/** Whether cyrus.conf still starts notifyd in belfry's place. */
import { type Check, fault, ok, unchecked, warning } from './check.ts';
import { type CyrusService, cyrusServices } from './cyrus-conf.ts';

const programOf = ({ attributes }: CyrusService): string => {
  const [program = ''] = (attributes['cmd'] ?? '').trim().split(/\s+/);
  return program.slice(program.lastIndexOf('/') + 1);
};

/** Master may pass the socket to belfry, which it then starts itself. */
export const isBelfry = (service: CyrusService): boolean =>
  (service.attributes['cmd'] ?? '').split(/\s/).some((word) => word === 'belfry' || word.endsWith('/belfry'));

export const cyrusMasterCheck: Check = {
  name: 'cyrus.conf',
  async *run({ master, configuration }) {
    if (master.state === 'absent') {
      yield unchecked(`Cyrus: ${master.file} is not there, or only Dovecot was named; name it with --cyrus-conf`);
      return;
    }
    if (master.state === 'unreadable') {
      yield unchecked(`Cyrus: ${master.file}: ${master.reason}; run this as root`);
      return;
    }
    const services = cyrusServices(master.value);
    const started = services.filter((service) => programOf(service) === 'notifyd');
    for (const service of started) {
      const { name, line, attributes } = service;
      const listen = (attributes['listen'] ?? '').replace(/^dlist:/, '');
      const place = { file: master.file, line };
      const remedy = `put a # before line ${line} of ${master.file}, send SIGHUP to master (or systemctl restart cyrus-imapd), then restart belfry`;
      if (configuration.sockets.some(({ path }) => path === listen)) {
        yield fault(
          `${name}: master starts notifyd on ${listen}, the socket of belfry`,
          'only one of the two gets the events: belfry does not start, or notifyd takes them, and loses what it cannot deliver',
          remedy,
          { place },
        );
      } else {
        yield warning(
          `${name}: master still starts notifyd, on ${listen}`,
          'it is not needed beside belfry; if notifysocket in imapd.conf names that socket, belfry gets nothing',
          remedy,
          { place },
        );
      }
    }
    if (started.length === 0) {
      const own = services.find(isBelfry);
      yield ok(
        own === undefined ? `${master.file}: starts no notifyd` : `${master.file}: starts belfry as ${own.name}`,
        {
          ...(own === undefined ? {} : { place: { file: master.file, line: own.line } }),
        },
      );
    }
  },
};
