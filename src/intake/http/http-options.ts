/** The options of the intake over HTTP. */
import { integer, mode, path, patterns, size, text } from '../../option/kinds.ts';
import { longestRequestBytes } from '../longest-request.ts';

/** What http_max_body is when it is not set and the spool is large enough. In bytes. */
export const defaultHttpMaxBytes = 4 * 1024 ** 2;

export const httpOptions = {
  http_listen: patterns({
    description:
      'Where events are taken over HTTP: an IP address with a port, or the path of a Unix socket. `[::]` is all addresses of IPv6 and none of IPv4, so that `0.0.0.0:8090 [::]:8090` is both. An address that other machines can reach needs http_user or http_token.',
    absent: 'not at all',
    example: '127.0.0.1:8090',
  }),
  http_socket_mode: mode({
    description: 'Who may connect to the Unix sockets of http_listen: all of them may send events.',
    default: '0660',
  }),
  http_socket_group: text({
    description: 'Group of the Unix sockets of http_listen, by name or number. The user of the daemon must be in it.',
    absent: 'the group of the daemon',
    example: 'mail',
  }),
  http_user: text({
    description: 'The name that senders must give (basic authentication), with http_password.',
    absent: 'no name is asked for',
    example: 'dovecot',
  }),
  http_password: text({ description: 'The password of http_user.', absent: 'none', secret: true }),
  http_password_file: path({
    description: 'A file that holds the password of http_user on its first line, read at the start and at a reload.',
    absent: 'none',
    example: '/etc/belfry/http-password',
  }),
  http_token: text({
    description: 'The token that senders may give instead of a name and a password (`Authorization: Bearer TOKEN`).',
    absent: 'none',
    secret: true,
  }),
  http_token_file: path({
    description: 'A file that holds the token of http_token on its first line, read at the start and at a reload.',
    absent: 'none',
    example: '/etc/belfry/http-token',
  }),
  http_tls_certificate: path({
    description:
      'A file with the certificate (PEM), and those that it is signed with: the addresses of http_listen then speak HTTPS only; its Unix sockets stay as they are. It is read at the start and at a reload, which closes no connection.',
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
        'The longest body of a request. It is read whole and checked in the thread of HTTP, so a large one holds up other senders over HTTP (some 10 ms for each M) and neither datagrams nor the stream. It must fit into a quarter of spool_max_size, with 1K to spare, because dead letters have no more.',
      absent: '4M, or what fits into a quarter of spool_max_size where that is less',
      example: '16M',
    },
    { min: 1024, max: longestRequestBytes },
  ),
  http_max_connections: integer(
    {
      description:
        'How many connections there may be at a time on each address. Beyond it each new one has another closed: one that has been refused already, or else one without a request under way, or else the oldest that has not shown who sends; if there is none, it is closed itself.',
      default: '1024',
    },
    { min: 1, max: 65_536 },
  ),
};
