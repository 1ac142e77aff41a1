/** The options of the API, the web page and the metrics: admin_* and metrics_listen. */
import { secretOptions } from '../option/secret.ts';
import { mode, patterns, text } from '../option/types.ts';

export const adminOptions = {
  admin_listen: patterns({
    description:
      'The addresses of the web page and the API: an IP address with a port, or the path of a Unix socket. Over an address, everything that shows content or changes anything needs admin_token. The API is always on control_socket too.',
    details:
      'belfry does not encrypt this: listen on 127.0.0.1 and reach the page through `ssh -L 8091:127.0.0.1:8091`, or through a web server with TLS in front of it, whose name you add to admin_hosts. Who can connect to a Unix socket may do everything, without a token.',
    absent: 'no address: no web page',
    example: '127.0.0.1:8091',
  }),
  ...secretOptions('admin_token', {
    description:
      'The token for the web page and the API over an address of admin_listen, with at least 16 characters: `openssl rand -hex 24` makes one.',
    absent: 'over addresses, only health and metrics are answered',
  }),
  admin_hosts: patterns({
    description:
      'The names under which browsers reach the addresses of admin_listen, beside `localhost`, servername and every IP address. A request for another name is refused (DNS rebinding).',
    absent: 'only those',
    example: 'mail1.example.org',
  }),
  metrics_listen: patterns({
    description:
      'The addresses of `/metrics` (for Prometheus), `/healthz` and `/readyz`: an IP address with a port, or the path of a Unix socket. They show no content of events, and need no token.',
    absent: 'no address',
    example: '127.0.0.1:9465',
  }),
  admin_socket_mode: mode({
    description: 'The mode of the Unix sockets of admin_listen and metrics_listen.',
    default: '0600',
  }),
  admin_socket_group: text({
    description:
      'The group of the Unix sockets of admin_listen and metrics_listen, by name or number. The user of the daemon must be in it.',
    absent: 'the group of the daemon',
    example: 'adm',
  }),
};
