/** Compares what is expected of a value with the value, and says where they differ. */
import { isJsonObject, type Json, writeJson } from '../../base/event.ts';
import { printable } from '../../base/printable.ts';

export interface Difference {
  /** Like `crm: gets.user`. */
  readonly where: string;
  readonly expected: string;
  readonly got: string;
}

/** An object may have more members than are expected; all else must be equal, numbers digit by digit. */
export function differences(where: string, expected: Json, got: Json | undefined): readonly Difference[] {
  if (isJsonObject(expected) && isJsonObject(got)) {
    return Object.entries(expected).flatMap(([name, value]) => {
      const own = Object.hasOwn(got, name) ? got[name] : undefined;
      return differences(`${where}.${printable(name, 100)}`, value, own);
    });
  }
  if (Array.isArray(expected) && Array.isArray(got) && expected.length === got.length) {
    return expected.flatMap((value: Json, index) => differences(`${where}[${index}]`, value, got[index]));
  }
  if (got !== undefined && writeJson(expected) === writeJson(got)) return [];
  return [{ where, ...written(expected, got) }];
}

/** How much of a value is shown, in characters. */
const shownLength = 400;
/** How much of two long texts is shown before the place where they begin to differ. */
const commonLength = 40;

function written(expected: Json, got: Json | undefined): Pick<Difference, 'expected' | 'got'> {
  if (got === undefined) return { expected: shown(expected), got: 'nothing' };
  if (typeof expected !== 'string' || typeof got !== 'string') return { expected: shown(expected), got: shown(got) };
  const length = Math.min(expected.length, got.length);
  let same = 0;
  while (same < length && expected[same] === got[same]) same += 1;
  if (same <= 2 * commonLength) return { expected: shown(expected), got: shown(got) };
  const from = same - commonLength;
  return { expected: `…${shown(expected.slice(from))}`, got: `…${shown(got.slice(from))}` };
}

const shown = (value: Json): string => printable(writeJson(value), shownLength);
