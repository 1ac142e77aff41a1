/** Who is who for a NATS server that knows keys instead of passwords: NKeys, and the JWTs of operator, account and user. */
import { createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';

/** The first byte of a public key, which makes its first letter: O, A, U. */
const prefixes = { operator: 14 << 3, account: 0, user: 20 << 3 } as const;
type Kind = keyof typeof prefixes;

export interface NKey {
  /** As a server knows it. */
  readonly id: string;
  /** As its owner keeps it: `SU…`. */
  readonly seed: string;
  sign(text: string): Buffer;
}

/** https://docs.nats.io/reference/reference-protocols/nats-protocol (nkeys): Ed25519 keys in base 32 with a checksum. */
export function makeNKey(kind: Kind): NKey {
  const secret = randomBytes(32);
  // PKCS #8 of a raw Ed25519 key (RFC 8410 §7).
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), secret]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const raw = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
  const prefix = prefixes[kind];
  const seedPrefix = Buffer.from([(18 << 3) | (prefix >> 5), (prefix & 31) << 3]);
  return {
    id: encode(Buffer.concat([Buffer.from([prefix]), raw])),
    seed: encode(Buffer.concat([seedPrefix, secret])),
    sign: (text) => sign(null, Buffer.from(text), key),
  };
}

function encode(bytes: Buffer): string {
  const check = Buffer.alloc(2);
  check.writeUInt16LE(checksum(bytes));
  return base32(Buffer.concat([bytes, check]));
}

/** CRC-16/XMODEM. */
function checksum(bytes: Buffer): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  return crc;
}

/** RFC 4648 §6, without padding. */
function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return (bits.match(/.{1,5}/g) ?? []).map((five) => alphabet[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
}

/** A JWT about `subject`, signed by `issuer`. `expiresAt`: a moment in milliseconds. */
function token(issuer: NKey, subject: NKey, name: string, claims: object, expiresAt?: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const body = {
    ...{ jti: randomBytes(8).toString('hex'), iat: now, iss: issuer.id, name, sub: subject.id },
    ...(expiresAt === undefined ? {} : { exp: Math.floor(expiresAt / 1000) }),
    nats: { ...claims, version: 2 },
  };
  const signed = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part(body)}`;
  return `${signed}.${issuer.sign(signed).toString('base64url')}`;
}

export interface Operator {
  /** For the configuration of a server: it trusts this operator, and holds the accounts in memory. */
  readonly lines: readonly string[];
  /** What a credentials file of a user of the account `mail` holds, as nsc writes it. */
  credentials(expiresAt?: number): string;
  /** The same, signed by an account that the server does not know. */
  strangers(): string;
}

/** An operator with a system account and the account `mail`, which has JetStream. */
export function makeOperator(): Operator {
  const operator = makeNKey('operator');
  const [system, mail, stranger] = [makeNKey('account'), makeNKey('account'), makeNKey('account')];
  const any = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
  const stored = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
  const account = (key: NKey, name: string, limits: object): string =>
    token(operator, key, name, { type: 'account', limits });
  const credentialsBy = (issuer: NKey, expiresAt?: number): string => {
    const user = makeNKey('user');
    const claims = { type: 'user', pub: {}, sub: {}, subs: -1, data: -1, payload: -1 };
    return [
      ...['-----BEGIN NATS USER JWT-----', token(issuer, user, 'belfry', claims, expiresAt)],
      ...['------END NATS USER JWT------', '', '-----BEGIN USER NKEY SEED-----', user.seed],
      ...['------END USER NKEY SEED------', ''],
    ].join('\n');
  };
  return {
    lines: [
      `operator: ${token(operator, operator, 'belfry-test', { type: 'operator', system_account: system.id })}`,
      ...['resolver: MEMORY', `system_account: ${system.id}`, 'resolver_preload: {'],
      ...[
        `${system.id}: ${account(system, 'SYS', any)}`,
        `${mail.id}: ${account(mail, 'mail', { ...any, ...stored })}`,
      ],
      '}',
    ],
    credentials: (expiresAt) => credentialsBy(mail, expiresAt),
    strangers: () => credentialsBy(stranger),
  };
}
