/** Reads the file of mailto_map, for a notifier that is opened and for `belfry check`. */
import { messageOf } from '../../base/error.ts';
import { readRegularFile } from '../../os/regular-file.ts';
import type { FileNeed, Services } from '../notifier.ts';
import { cannotOpen } from './open-transport.ts';
import { parseUserMap, type UserMap } from './user-map.ts';

/** Undefined without the option. Throws BelfryError NOTIFIER_OPEN with the line that is wrong. */
export function openMap(file: string | undefined, services: Services): UserMap | undefined {
  if (file === undefined) return undefined;
  let text: string;
  try {
    text = readRegularFile(file).toString('utf8');
  } catch (error) {
    throw cannotOpen(services, `mailto_map: ${messageOf(error)}`);
  }
  const map = parseUserMap(text);
  if ('wrong' in map) throw cannotOpen(services, `mailto_map: ${file}: ${map.wrong}`);
  return map.value;
}

/** What `belfry check` looks for. */
export function needOfMap(file: string | undefined): readonly FileNeed[] {
  if (file === undefined) return [];
  const mistakeIn = (text: string): string | undefined => {
    const map = parseUserMap(text);
    return 'wrong' in map ? map.wrong : undefined;
  };
  return [{ option: 'map', path: file, use: 'text', mistakeIn }];
}
