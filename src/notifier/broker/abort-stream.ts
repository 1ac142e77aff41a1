/** Ends a connection so that nothing of what was written to it is sent any more. */
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** With RST the kernel does not send what it still has either. Over TLS that is not to be had. */
export function abortStream(stream: { destroy(): unknown }): void {
  // libuv refuses to reset a connection whose end is being sent, and Node then never closes its descriptor.
  if (stream instanceof Socket && !(stream instanceof TLSSocket) && !stream.connecting && !stream.writableEnded)
    stream.resetAndDestroy();
  else stream.destroy();
}
