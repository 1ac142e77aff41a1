/** The envelope of a mail over SMTP, as far as the extensions of the server allow it. */
import { isInternational } from './address.ts';
import type { Mail } from './transport.ts';

interface Envelope {
  readonly from: string;
  readonly to: string[];
  /** In bytes. */
  readonly size: number;
  readonly dsn?: { readonly notify: 'never' };
}

/**
 * `greeting` is the answer to EHLO. `refused`: recipients that the server cannot be asked to take, with the reasons; an address
 * outside ASCII needs SMTPUTF8 (RFC 6531 §3.2).
 */
export function envelopeOf(
  { sender, recipients, text }: Mail,
  greeting: string,
): { readonly envelope: Envelope; readonly refused: readonly string[] } {
  const offers = /^250[ -]SMTPUTF8\b/im.test(greeting);
  const to = recipients.filter((address) => offers || !isInternational(address));
  const refused = recipients.filter((address) => !to.includes(address));
  return {
    envelope: {
      from: sender,
      to,
      size: Buffer.byteLength(text),
      // `<>` leaves nobody to send a DSN to (RFC 3461 §4.1). The library says it only to a server that offers DSN.
      ...(sender === '' ? { dsn: { notify: 'never' } } : {}),
    },
    refused: refused.map((address) => `${address} needs SMTPUTF8, which the server does not offer`),
  };
}
