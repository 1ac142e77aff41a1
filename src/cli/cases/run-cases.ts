/** Runs the cases of `belfry check --cases` against a configuration, and prints what came out otherwise than expected. */
import { BelfryError, messageOf } from '../../base/error.ts';
import { escapedJson, printable } from '../../base/printable.ts';
import type { Configuration } from '../../config/configuration.ts';
import { compileRules, type Rules } from '../../daemon/generation.ts';
import { walker } from '../../examine/explain.ts';
import { nearest } from '../../option/nearest.ts';
import { count } from '../table.ts';
import { casesIn, type PlacedCase, requestOf } from './case-file.ts';
import type { Difference } from './difference.ts';
import { judgeCase, others, type Previews } from './judge-case.ts';

export interface CaseResult {
  readonly file: string;
  readonly name: string;
  readonly ok: boolean;
  readonly differences: readonly Difference[];
}

/** When the requests of cases arrive, and under which id: the same in every run. */
const arrival = { id: '00000000000000000000000001', receivedAt: Date.UTC(2026, 0, 1) };

/**
 * `paths`: files of cases, and directories with such files. Throws BelfryError NO_INPUT or BAD_INPUT for cases that cannot be
 * read, or that expect something of a notifier that there is not.
 */
export async function runCases(configuration: Configuration, paths: readonly string[]): Promise<readonly CaseResult[]> {
  const cases = paths.flatMap(casesIn);
  const rules = await compileRules(configuration);
  const previews = await previewsOf(configuration, rules);
  const mistakes = cases.flatMap((one) => mistakesIn(one, rules, previews));
  if (mistakes.length > 0) throw new BelfryError('BAD_INPUT', mistakes.join('\n'));
  const results: CaseResult[] = [];
  for (const placed of cases) {
    const { file, one } = placed;
    try {
      // With a walker of its own, so that no case repeats what another one has given.
      const walked = walker(rules.parts, rules.choosers)(await requestOf(placed), arrival);
      const differences = judgeCase(one, walked, previews);
      results.push({ file, name: one.name, ok: differences.length === 0, differences });
    } catch (thrown) {
      if (!(thrown instanceof BelfryError)) throw thrown;
      throw new BelfryError(thrown.code, `${placeOf(placed)}: ${messageOf(thrown)}`);
    }
  }
  return results;
}

async function previewsOf(
  { notifiers, builtIns, servername }: Configuration,
  { specialUse }: Rules,
): Promise<Previews> {
  const previews = new Map();
  for (const { name, method, values } of [...notifiers, ...builtIns]) {
    const preview = await method.preview?.(values, { name, servername, specialUse });
    if (preview !== undefined) previews.set(name, preview);
  }
  return previews;
}

const placeOf = ({ file, one }: PlacedCase): string => `${file}: case ${JSON.stringify(one.name.slice(0, 200))}`;

/** What no run of it could find. */
function mistakesIn(placed: PlacedCase, { choosers }: Rules, previews: Previews): readonly string[] {
  const names = choosers.map(({ name }) => name);
  return Object.entries(placed.one.expect ?? {}).flatMap(([name, { sends }]) => {
    const place = `${placeOf(placed)}: expect.${name.slice(0, 100)}`;
    if (sends !== undefined && !previews.has(name)) {
      return names.includes(name) || name === others
        ? [`${place}.sends: only notifiers of method webhook have it`]
        : [];
    }
    if (name === others || names.includes(name)) return [];
    const similar = nearest(name, names);
    return [
      `${place}: no notifier has this name: ${similar === undefined ? `there are ${names.join(' ')}` : `did you mean ${similar}?`}`,
    ];
  });
}

/** For a terminal or a file. `failed`: only the cases that failed. */
export function renderCases(results: readonly CaseResult[], failed: boolean): string {
  const lines: string[] = [];
  let current = '';
  for (const { file, name, ok, differences } of results) {
    if (ok && failed) continue;
    if (file !== current) lines.push(printable(file, 4096));
    current = file;
    lines.push(`  ${ok ? 'ok    ' : 'FAILED'}  ${printable(name, 200)}`);
    for (const { where, expected, got } of differences) {
      lines.push(`            ${where}`, `              expected  ${expected}`, `              got       ${got}`);
    }
  }
  const wrong = results.filter(({ ok }) => !ok).length;
  lines.push(
    wrong === 0
      ? `${count(results.length, 'case')}: all as expected.`
      : `${count(results.length, 'case')}, ${wrong} failed.`,
  );
  return `${lines.join('\n')}\n`;
}

export function casesJson(results: readonly CaseResult[]): string {
  return escapedJson(JSON.stringify({ ok: results.every(({ ok }) => ok), cases: results }));
}
