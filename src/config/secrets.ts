/** The secrets of a notifier: each may be given in two options, at two levels. */
import type { FileNeed } from '../notifier/notifier.ts';
import { docsOf, type OptionRecord } from '../option/option.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * The values, with a single one of each secret and its file: of two that are given, the one that is written for this notifier
 * (`isOwn`), and the file where both or neither are.
 */
export function settleSecrets(options: OptionRecord, values: Values, isOwn: (key: string) => boolean): Values {
  const settled = { ...values };
  for (const [file, secret] of pairsIn(options)) {
    if (settled[file] === undefined || settled[secret] === undefined) continue;
    settled[isOwn(secret) && !isOwn(file) ? file : secret] = undefined;
  }
  return settled;
}

/** The files that hold secrets, and the credentials and variables that do. */
export function secretNeeds(options: OptionRecord, values: Values): readonly FileNeed[] {
  return pairsIn(options).flatMap(([file, option]): readonly FileNeed[] => {
    const { [file]: path, [option]: secret } = values;
    if (typeof path === 'string') return [{ option: file, path, use: 'secret' }];
    if (typeof secret !== 'object' || secret === null) return [];
    if ('credential' in secret) return [{ option, path: String(secret.credential), use: 'credential' }];
    return 'variable' in secret ? [{ option, path: String(secret.variable), use: 'variable' }] : [];
  });
}

/** Each option that is the file of a secret, and the option of that secret. */
function pairsIn(options: OptionRecord): readonly (readonly [file: string, secret: string])[] {
  return Object.entries(options).flatMap(([key, option]) => {
    const { fileOf } = docsOf(option);
    return fileOf === undefined ? [] : [[key, fileOf] as const];
  });
}
