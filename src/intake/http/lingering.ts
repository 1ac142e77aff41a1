/** Reads on after an answer that came early: closing on what a client still sends would take the answer from it. */
import type { Readable } from 'node:stream';

export interface LingerLimits {
  /** Milliseconds in all. */
  readonly lingerMs: number;
  /** Milliseconds without a byte. */
  readonly lingerSilentMs: number;
  readonly lingerBytes: number;
}

/**
 * Reads what comes and throws it away; calls `over`, once, when nothing more comes or the limits are met. A connection
 * with unread bytes that is closed is reset, which can reach the client before the answer (RFC 9112 §9.6).
 */
export function discard(stream: Readable, limits: LingerLimits, over: () => void): void {
  const { lingerMs, lingerSilentMs, lingerBytes } = limits;
  let bytes = 0;
  const whole = setTimeout(finish, lingerMs);
  const silence = setTimeout(finish, lingerSilentMs);
  function onData(chunk: Buffer): void {
    bytes += chunk.length;
    if (bytes > lingerBytes) finish();
    else silence.refresh();
  }
  function finish(): void {
    clearTimeout(whole);
    clearTimeout(silence);
    stream.off('data', onData).off('end', finish).off('close', finish);
    over();
  }
  // What is wrong with the connection ends in `close`; that this stays keeps later errors from being nobody's.
  stream.on('error', () => {});
  if (stream.readableEnded || stream.destroyed) finish();
  else stream.on('data', onData).on('end', finish).on('close', finish).resume();
}
