/** An HTTP server that counts requests, in a process of its own: says its port first, then its count for each line it is sent. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

let count = 0;
const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    count += 1;
    response.writeHead(204).end();
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
for await (const _ of createInterface({ input: process.stdin })) process.stdout.write(`${count}\n`);
process.exit();
