/** Compresses what is sent over connections. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { HttpSender } from './http-sender.ts';

const compress = promisify(gzip);

export function compressingSender(sender: HttpSender): HttpSender {
  return {
    async send(request, signal) {
      const headers = { ...request.headers, 'content-encoding': 'gzip' };
      return sender.send({ ...request, headers, body: await compress(request.body) }, signal);
    },
    close: () => sender.close(),
  };
}
