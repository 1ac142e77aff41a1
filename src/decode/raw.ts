/** Reads a request as it came in, whichever way that was: from here on there is one shape. */
import type { RawRequest, Request, RequestFormat } from '../base/request.ts';
import { decodeCloudEvent } from './cloud-event.ts';
import { type Decoded, undecodable } from './decoded.ts';
import { decodeNotify } from './dlist/notify.ts';
import { decodeDovecot } from './dovecot/decode.ts';
import { decodeBareEvent, decodeFrame } from './frame.ts';

/** One line for each format that an intake hands over. */
const decoders: Readonly<Record<RequestFormat, (bytes: Uint8Array) => Decoded<Request>>> = {
  datagram: decodeFrame,
  event: decodeBareEvent,
  cloudevent: decodeCloudEvent,
  dovecot: decodeDovecot,
  dlist: decodeNotify,
};

/** Reads a request as it came off the socket; one that the kernel had to cut is refused unread. */
export function decodeRaw(raw: RawRequest): Decoded<Request> {
  if (raw.truncatedFrom !== undefined) {
    return undecodable(
      'truncated',
      `the sender sent ${raw.truncatedFrom} bytes, of which only the first ${raw.bytes.length} fitted the receive buffer; ` +
        'expected a request that fits whole',
      raw.bytes.length,
    );
  }
  return decoders[raw.format](raw.bytes);
}
