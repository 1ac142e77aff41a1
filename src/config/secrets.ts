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

/** The files that hold secrets. */
export function secretFiles(options: OptionRecord, values: Values): readonly FileNeed[] {
  return pairsIn(options).flatMap(([option]) => {
    const path = values[option];
    return typeof path === 'string' ? [{ option, path, use: 'secret' }] : [];
  });
}

/** Each option that is the file of a secret, and the option of that secret. */
function pairsIn(options: OptionRecord): readonly (readonly [file: string, secret: string])[] {
  return Object.entries(options).flatMap(([key, option]) => {
    const { fileOf } = docsOf(option);
    return fileOf === undefined ? [] : [[key, fileOf] as const];
  });
}
