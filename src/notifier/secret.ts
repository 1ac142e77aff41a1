/** The secret of a notifier, for its `open`. */
import { BelfryError } from '../base/error.ts';
import type { Secret } from '../base/secret.ts';
import { readSecret as read } from '../os/read-secret.ts';
import type { Services } from './notifier.ts';

type Values<N extends string> = Readonly<Record<N, Secret | undefined>> &
  Readonly<Record<`${N}_file`, string | undefined>>;

/**
 * The secret that `secretOptions(name)` declares; a file wins. Undefined where there is none. Throws BelfryError NOTIFIER_OPEN,
 * without a word of the secret.
 */
export function readSecret<const N extends string>(
  values: Values<N>,
  name: N,
  services: Pick<Services, 'name'>,
): string | undefined;
export function readSecret(
  values: Readonly<Record<string, Secret | string | undefined>>,
  name: string,
  { name: notifier }: Pick<Services, 'name'>,
): string | undefined {
  const { [name]: own, [`${name}_file`]: file } = values;
  const secret = typeof file === 'string' ? { file } : own;
  if (secret === undefined || typeof secret === 'string') return undefined;
  try {
    return read(secret, name.replaceAll('_', ' '));
  } catch (thrown) {
    if (!(thrown instanceof BelfryError)) throw thrown;
    throw new BelfryError('NOTIFIER_OPEN', `notifier ${notifier}: ${thrown.message}`);
  }
}
