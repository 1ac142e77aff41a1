/** The credentials of clients over HTTP: basic authentication (RFC 7617) and bearer tokens (RFC 6750), compared in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../base/secret.ts';
import { readPassword, readToken } from './files.ts';

/** What a sender can show; either will do. When there is neither, everybody is believed. */
export interface Authentication {
  readonly basic?: { readonly user: string; readonly password: Secret };
  readonly token?: Secret;
}

export interface Authenticator {
  /** The values for WWW-Authenticate; none when everybody is believed. */
  readonly challenges: readonly string[];
  /** Whether the value of the header Authorization is enough. */
  accepts(authorization: string | undefined): boolean;
}

const basicChallenge = 'Basic realm="belfry", charset="UTF-8"';
const bearerChallenge = 'Bearer realm="belfry"';

/** Reads the files of secrets. Throws BelfryError NO_INPUT or CONFIGURATION, without a word of a secret. */
export function authenticator({ basic, token }: Authentication): Authenticator {
  const expected = {
    basic: basic && digest(`${basic.user}:${readPassword(basic.password)}`),
    bearer: token && digest(readToken(token)),
  };
  const challenges = [...(basic ? [basicChallenge] : []), ...(token ? [bearerChallenge] : [])];
  return {
    challenges,
    accepts(authorization = '') {
      if (challenges.length === 0) return true;
      const [, scheme = '', credentials = ''] = /^(\S+) +(\S+) *$/.exec(authorization) ?? [];
      switch (scheme.toLowerCase()) {
        case 'basic':
          return equal(expected.basic, Buffer.from(credentials, 'base64'));
        case 'bearer':
          return equal(expected.bearer, Buffer.from(credentials, 'latin1'));
        default:
          return false;
      }
    },
  };
}

/** Hashes have the same length whatever was given, so the comparison says nothing of the length either. */
function digest(secret: string | Uint8Array): Buffer {
  return createHash('sha256').update(secret).digest();
}

function equal(expected: Buffer | undefined, given: Uint8Array): boolean {
  return expected !== undefined && timingSafeEqual(expected, digest(given));
}
