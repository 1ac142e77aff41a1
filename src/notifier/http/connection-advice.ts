/** What an administrator can do about a connection that could not be made: the words of OpenSSL do not say it. */

/** Codes of Node for a certificate that no trusted authority has signed. */
const untrusted =
  /DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT/;
/** An answer that is no TLS (`ssl3_get_record`), and that of a server of TLS to a request without it. */
const notTls = /wrong version number|packet length too long|ERR_SSL_WRONG_VERSION_NUMBER/i;
/** What else is wrong with a certificate, the receiver's or that of belfry. */
const failures: readonly (readonly [RegExp, string])[] = [
  [/CERT_HAS_EXPIRED/, "renew the receiver's certificate, or set the clock of this machine"],
  [/CERT_NOT_YET_VALID/, "the receiver's certificate is not valid yet: look at the clock of this machine"],
  [/ERR_TLS_CERT_ALTNAME_INVALID/, "write webhook_url with a name that is in the receiver's certificate"],
  [/certificate required/i, 'set webhook_client_certificate and webhook_client_key'],
  [
    /unknown ca|bad certificate|certificate (?:unknown|expired|revoked)|alert number (?:42|4[4-6]|48)/i,
    'the receiver does not accept webhook_client_certificate',
  ],
];
const reset = /ECONNRESET|other side closed|Parse Error/i;

/** The message, in plain words where it is one of OpenSSL, with a remedy where there is one. `protocol`: `https:` or `http:`. */
export function withAdvice(message: string, protocol: string): string {
  if (protocol === 'https:' && untrusted.test(message)) {
    return `${message}: name a file with the certificate of its CA in webhook_ca`;
  }
  if (protocol === 'https:') {
    for (const [failure, remedy] of failures) if (failure.test(message)) return `${message}: ${remedy}`;
  }
  if (protocol === 'https:' && notTls.test(message)) return 'it does not speak TLS there: is it http:// ?';
  // A server of TLS 1.3 may end a connection without a certificate after the handshake, and without a word.
  if (protocol === 'https:' && reset.test(message)) {
    return `${message}: if the receiver wants a client certificate, set webhook_client_certificate`;
  }
  if (protocol === 'http:' && reset.test(message)) return `${message}: it may speak TLS there: is it https:// ?`;
  return message;
}
