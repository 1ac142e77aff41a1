/** Makes the headers of identity out of the configuration: signed where there are keys. */
import { BelfryError } from '../../base/error.ts';
import type { Secret } from '../../base/secret.ts';
import type { Services } from '../notifier.ts';
import { readSecret } from '../secret.ts';
import { type Identity, unsigned } from './identity.ts';
import { signedBy } from './signature.ts';
import { parseSigningKeys } from './signing-keys.ts';

interface Values {
  readonly secret: Secret | undefined;
  readonly secret_file: string | undefined;
}

/** Throws BelfryError NOTIFIER_OPEN. */
export function openIdentity(values: Values, { name }: Pick<Services, 'name'>): Identity {
  const written = readSecret(values, 'secret', { name });
  if (written === undefined) return unsigned;
  const keys = parseSigningKeys(written);
  if ('wrong' in keys) throw new BelfryError('NOTIFIER_OPEN', `notifier ${name}: webhook_secret: ${keys.wrong}`);
  return signedBy(keys.value);
}
