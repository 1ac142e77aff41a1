/** Opens the socket that a line on standard input names, at the moment it names; keeps it until the next line comes. */
import { createInterface } from 'node:readline';
import { BelfryError } from '../../src/base/error.ts';
import { type DatagramSocket, openDatagramSocket } from '../../src/os/unix-datagram.ts';

let socket: DatagramSocket | undefined;
process.stdout.write('up\n');
for await (const line of createInterface({ input: process.stdin })) {
  socket?.close();
  socket = undefined;
  const [path = '', at = '0'] = line.split(' ');
  while (Date.now() < Number(at));
  try {
    if (path !== '') socket = openDatagramSocket({ path, mode: 0o600 });
    process.stdout.write(`${socket === undefined ? 'closed' : 'open'}\n`);
  } catch (thrown) {
    process.stdout.write(`${thrown instanceof BelfryError ? `${thrown.code} ${thrown.message}` : thrown}\n`);
  }
}
socket?.close();
