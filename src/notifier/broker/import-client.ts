/** Loads the library of a method, which an installation may have left out. */
import { BelfryError, messageOf } from '../../base/error.ts';
import type { Services } from '../notifier.ts';

/** Throws BelfryError NOTIFIER_OPEN with the remedy where a package is not there. `load` imports what `packages` name. */
export async function importClient<M>(
  load: () => Promise<M>,
  packages: string,
  { name }: Pick<Services, 'name'>,
): Promise<M> {
  try {
    return await load();
  } catch (thrown) {
    const remedy = `install ${packages} beside belfry (npm install ${packages}), or use the Debian package, which contains it`;
    throw new BelfryError('NOTIFIER_OPEN', `notifier ${name}: ${messageOf(thrown).split('\n', 1)[0]}; ${remedy}`);
  }
}
