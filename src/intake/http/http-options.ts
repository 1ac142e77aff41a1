/** The options of the intake over HTTP. */

import { longestRequestBytes } from '../../base/limits.ts';
import { secretOptions } from '../../option/secret.ts';
import { integer, mode, path, patterns, size, text } from '../../option/types.ts';

/** What http_max_body is when it is not set and the spool is large enough. In bytes. */
export const defaultHttpMaxBytes = 4 * 1024 ** 2;

export const httpOptions = {
  http_listen: patterns({
    description:
      'The addresses on which belfry accepts events over HTTP: an IP address with a port, or the path of a Unix socket. `[::]` means all addresses of IPv6 and none of IPv4; `0.0.0.0:8090 [::]:8090` is both. An address that other machines can reach needs http_user or http_token.',
    absent: 'no address',
    example: '127.0.0.1:8090',
  }),
  http_socket_mode: mode({
    description: 'The mode of the Unix sockets of http_listen. Every program that can connect may send events.',
    default: '0660',
  }),
  http_socket_group: text({
    description:
      'The group of the Unix sockets of http_listen, by name or number. The user of the daemon must be in it.',
    absent: 'the group of the daemon',
    example: 'mail',
  }),
  http_user: text({
    description: 'The user name that senders must give (basic authentication), with http_password.',
    absent: 'no user name is required',
    example: 'dovecot',
  }),
  ...secretOptions('http_password', { description: 'The password of http_user.', absent: 'none' }),
  ...secretOptions('http_token', {
    description:
      'The token that senders may give instead of a user name and a password (`Authorization: Bearer TOKEN`).',
    absent: 'none',
  }),
  http_tls_certificate: path({
    description:
      'A file with the certificate (PEM) and its chain. The addresses of http_listen then accept only HTTPS; its Unix sockets do not change. belfry reads the file at the start and at a reload, which closes no connection.',
    absent: 'no encryption',
    example: '/etc/ssl/certs/imap.example.org.pem',
  }),
  http_tls_key: path({
    description: 'The file with the private key of http_tls_certificate (PEM, without a passphrase).',
    absent: 'no encryption',
    example: '/etc/ssl/private/imap.example.org.key',
  }),
  http_max_body: size(
    {
      description:
        'The longest body of a request. The HTTP thread reads and checks each body as a whole, so a large one delays other senders over HTTP (about 10 ms for each M), but neither datagrams nor the stream. It must fit into a quarter of spool_max_size less 1K, because that is the space for dead letters.',
      absent: '4M, or a quarter of spool_max_size less 1K if that is smaller',
      example: '16M',
    },
    { min: 1024, max: longestRequestBytes },
  ),
  http_max_connections: integer(
    {
      description:
        'The connection limit of each address. When it is reached, belfry closes an existing connection for each new one: first a rejected one, then an idle one, then the oldest unauthenticated one. If all are busy, it closes the new one.',
      default: '1024',
    },
    { min: 1, max: 65_536 },
  ),
};
