/** A client whose request is in the kernel before anybody could accept its connection. */
import { Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { connect, MSG_NOSIGNAL, send, streamSocket } from '../../src/os/libc.ts';
import { socketAddress } from '../../src/os/socket-address.ts';

/** Connects and sends without a turn of the event loop. Answers what comes back, when the other end hangs up. */
export function queuedClient(path: string, bytes: Uint8Array): Promise<string> {
  const fd = streamSocket();
  const address = socketAddress(path).bytes;
  if (connect(fd, address, address.length) !== 0) throw new Error(`${path} refuses the connection`);
  if (send(fd, bytes, bytes.length, MSG_NOSIGNAL) !== bytes.length) throw new Error(`${path} does not take it all`);
  const socket = new Socket({ fd });
  onTestFinished(() => {
    socket.destroy();
  });
  let text = '';
  socket.setEncoding('latin1').on('data', (more: string) => {
    text += more;
  });
  return new Promise((resolve) => {
    socket.on('error', (error) => resolve(`${text}${error.message}`));
    socket.on('end', () => resolve(text));
  });
}
