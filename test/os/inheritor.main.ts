/** Adopts descriptor 3, tells its name and what it receives until it has as many datagrams as it is told. */
import { adoptDatagramSocket } from '../../src/os/unix-datagram.ts';

const socket = adoptDatagramSocket(3);
process.stdout.write(`${socket.address}\n`);
let missing = Number(process.argv[2]);
const never = new AbortController().signal;
while (missing > 0) {
  for (const { bytes } of socket.receive(missing)) {
    process.stdout.write(`${Buffer.from(bytes)}\n`);
    missing--;
  }
  if (missing > 0) await socket.ready(never);
}
process.stdout.write(`${socket.seal()}\n`);
socket.close();
