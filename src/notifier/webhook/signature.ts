/** Signs requests as Standard Webhooks 1.0 says, and checks signatures. */
import { createHmac, sign, timingSafeEqual, verify } from 'node:crypto';
import { type Identity, unsigned } from './identity.ts';
import type { SigningKey } from './signing-keys.ts';

/** The bytes that are signed: `id.timestamp.body`. */
export function signedContent(id: string, timestamp: string, body: string | Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${id}.${timestamp}.`), typeof body === 'string' ? Buffer.from(body) : body]);
}

/** `v1,` or `v1a,` and the signature in base64. The key must be able to sign. */
function signatureBy(key: SigningKey, content: Buffer): string {
  if (key.scheme === 'v1') return `v1,${hmac(key.secret, content).toString('base64')}`;
  if (key.privateKey === undefined) throw new TypeError('a public key cannot sign');
  return `v1a,${sign(null, content, key.privateKey).toString('base64')}`;
}

const hmac = (secret: Buffer, content: Buffer): Buffer => createHmac('sha256', secret).update(content).digest();

/** Whether one of the signatures of a header, those of other schemes aside, is that of the key. */
export function isSignedBy(key: SigningKey, content: Buffer, header: string): boolean {
  return signaturesOf(header).some(({ scheme, bytes }) => {
    if (scheme !== key.scheme) return false;
    if (key.scheme === 'v1a') return bytes.length === 64 && verify(null, content, key.publicKey, bytes);
    const expected = hmac(key.secret, content);
    return bytes.length === expected.length && timingSafeEqual(bytes, expected);
  });
}

/** The signatures in a header, each of which is a scheme, a comma and base64. */
export function signaturesOf(header: string): readonly { readonly scheme: string; readonly bytes: Buffer }[] {
  return header.split(' ').flatMap((one) => {
    const comma = one.indexOf(',');
    return comma < 0 ? [] : [{ scheme: one.slice(0, comma), bytes: Buffer.from(one.slice(comma + 1), 'base64') }];
  });
}

/** Signs with every key, so that a receiver that has the new key and one that still has the old can both verify. */
export function signedBy(keys: readonly SigningKey[]): Identity {
  return (attempt) => {
    const headers = unsigned(attempt);
    const content = signedContent(attempt.id, headers['webhook-timestamp'] ?? '', attempt.body);
    return { ...headers, 'webhook-signature': keys.map((key) => signatureBy(key, content)).join(' ') };
  };
}
