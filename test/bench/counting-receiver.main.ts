/**
 * An HTTP server that counts requests, in a process of its own: says its port first, then its count for each line it is sent, or for the
 * line "last" the last body as JSON.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

let count = 0;
let last: readonly Buffer[] = [];
const server = createServer((request, response) => {
  const body: Buffer[] = [];
  request.on('data', (part) => body.push(part));
  request.on('end', () => {
    count += 1;
    last = body;
    response.writeHead(204).end();
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${line === 'last' ? JSON.stringify(Buffer.concat(last).toString()) : count}\n`);
}
process.exit();
