/** The keys of Standard Webhooks 1.0: how they are written, and what is wrong with one that cannot be used. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { ifPossible } from '../../base/error.ts';
import type { Parsed } from '../parsed.ts';

/** `v1` is HMAC-SHA256, `v1a` ed25519. Without a private key it can only verify. */
export type SigningKey =
  | { readonly scheme: 'v1'; readonly secret: Buffer }
  | { readonly scheme: 'v1a'; readonly privateKey?: KeyObject; readonly publicKey: KeyObject };

const leastSecret = 24;
const mostSecret = 64;
const ed25519Bytes = 32;
/** What comes before the bytes of a key in DER (RFC 8410 §4 and §7). */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const spki = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * Keys separated by white space, the current one first: `whsec_` and 24 to 64 bytes in base64 for `v1`; `whsk_` and the 32
 * bytes of a private key, after which its public key may follow, for `v1a`. `whpk_` and a public key is accepted where
 * `verifies`. What is wrong never quotes a key.
 */
export function parseSigningKeys(written: string, verifies = false): Parsed<readonly [SigningKey, ...SigningKey[]]> {
  const words = written.split(/\s+/).filter((word) => word !== '');
  const keys: SigningKey[] = [];
  for (const [index, word] of words.entries()) {
    const key = parseKey(word, verifies);
    if ('wrong' in key) return { wrong: words.length === 1 ? key.wrong : `key ${index + 1}: ${key.wrong}` };
    keys.push(key.value);
  }
  const [first, ...others] = keys;
  return first === undefined ? { wrong: 'there is no key' } : { value: [first, ...others] };
}

/** The public key as Standard Webhooks writes it. */
export function writePublicKey(key: KeyObject): string {
  return `whpk_${rawPublicKey(key).toString('base64')}`;
}

const rawPublicKey = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' }).subarray(spki.length);

function parseKey(word: string, verifies: boolean): Parsed<SigningKey> {
  const [, prefix, encoded = ''] = /^(whsec_|whsk_|whpk_)(.*)$/s.exec(word) ?? [];
  if (prefix === undefined || (prefix === 'whpk_' && !verifies)) {
    const known = verifies ? 'whsec_, whsk_ or whpk_' : 'whsec_ (HMAC-SHA256) or whsk_ (ed25519)';
    const found = prefix === 'whpk_' ? 'it is a public key, which cannot sign: it must begin' : 'it does not begin';
    return { wrong: `${found} with ${known}` };
  }
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded) return { wrong: `what follows ${prefix} is not base64` };
  if (prefix === 'whsec_') {
    if (bytes.length < leastSecret || bytes.length > mostSecret) {
      return { wrong: `it has ${bytes.length} bytes; a key has ${leastSecret} to ${mostSecret}` };
    }
    return { value: { scheme: 'v1', secret: bytes } };
  }
  return prefix === 'whpk_' ? publicKeyOf(bytes) : privateKeyOf(bytes);
}

function privateKeyOf(bytes: Buffer): Parsed<SigningKey> {
  if (bytes.length !== ed25519Bytes && bytes.length !== 2 * ed25519Bytes) {
    return { wrong: `it has ${bytes.length} bytes; a private key has 32, or 64 with its public key` };
  }
  const der = Buffer.concat([pkcs8, bytes.subarray(0, ed25519Bytes)]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey);
  const written = bytes.subarray(ed25519Bytes);
  if (written.length > 0 && !written.equals(rawPublicKey(publicKey))) {
    return { wrong: 'its last 32 bytes are not the public key of the first 32' };
  }
  return { value: { scheme: 'v1a', privateKey, publicKey } };
}

function publicKeyOf(bytes: Buffer): Parsed<SigningKey> {
  const der = Buffer.concat([spki, bytes]);
  const publicKey =
    bytes.length === ed25519Bytes
      ? ifPossible(() => createPublicKey({ key: der, format: 'der', type: 'spki' }))
      : undefined;
  if (publicKey === undefined) return { wrong: `it has ${bytes.length} bytes; a public key has 32` };
  return { value: { scheme: 'v1a', publicKey } };
}
