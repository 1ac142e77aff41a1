/** What an administrator can do about a connection that could not be made: the words of OpenSSL do not say it. */

/** Codes of Node for a certificate that no trusted authority has signed. */
const untrusted =
  /DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT/;
/** An answer that is no TLS (`ssl3_get_record`), and that of a server of TLS to a request without it. */
const notTls = /wrong version number|packet length too long|ERR_SSL_WRONG_VERSION_NUMBER/i;
const reset = /ECONNRESET|other side closed|Parse Error/i;

/** The message, in plain words where it is one of OpenSSL, with a remedy where there is one. `protocol`: `https:` or `http:`. */
export function withAdvice(message: string, protocol: string): string {
  if (protocol === 'https:' && untrusted.test(message)) {
    return `${message}: name a file with the certificate of its CA in NODE_EXTRA_CA_CERTS, in the environment of the daemon`;
  }
  if (protocol === 'https:' && notTls.test(message)) return 'it does not speak TLS there: is it http:// ?';
  if (protocol === 'http:' && reset.test(message)) return `${message}: it may speak TLS there: is it https:// ?`;
  return message;
}
