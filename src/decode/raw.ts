/** Reads a request as it came in, whichever way that was: from here on there is one shape. */
import type { RawRequest, Request, RequestFormat } from '../base/request.ts';
import { decodeCloudEvent } from './cloud-event.ts';
import { type Decoded, undecodable } from './decoded.ts';
import { decodeNotify } from './dlist/notify.ts';
import { decodeDovecot } from './dovecot/decode.ts';
import { decodeBareEvent, decodeFrame } from './frame.ts';

type Decoder = (bytes: Uint8Array) => Decoded<Request>;

/** One line for each format that an intake passes on. */
const decoders: Readonly<Record<RequestFormat, Decoder>> = {
  datagram: decodeFrame,
  event: decodeBareEvent,
  cloudevent: decodeCloudEvent,
  dovecot: decodeDovecot,
  dlist: decodeNotify,
};

/**
 * Reads a request as it came off the socket; one that the kernel had to cut is refused unread, and one whose format this
 * version does not know (a newer one has put it into the spool).
 */
export function decodeRaw(raw: RawRequest): Decoded<Request> {
  if (raw.truncatedFrom !== undefined) {
    return undecodable(
      'truncated',
      `the sender sent ${raw.truncatedFrom} bytes, but only the first ${raw.bytes.length} fit into the receive buffer; ` +
        'expected a shorter request',
      raw.bytes.length,
    );
  }
  const decoder: Decoder | undefined = Object.hasOwn(decoders, raw.format) ? decoders[raw.format] : undefined;
  if (decoder !== undefined) return decoder(raw.bytes);
  return undecodable('frame', `${JSON.stringify(raw.format)} is a format that this version of belfry cannot read`);
}
