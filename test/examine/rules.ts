/** The rules of a configuration that is given as text, with the real methods: what `belfry explain` walks. */
import { loadConfiguration } from '../../src/config/load.ts';
import { compileRules, type Rules } from '../../src/daemon/generation.ts';
import { methods } from '../../src/notifier/table.ts';

/** `files` are the texts of what it includes. Throws what is wrong with it. */
export async function rulesOf(text: string, files: Readonly<Record<string, string>> = {}): Promise<Rules> {
  const read = (path: string): string => (path === 'belfry.conf' ? text : (files[path] ?? ''));
  const { configuration, problems } = loadConfiguration('belfry.conf', { methods, read });
  if (configuration === undefined) throw new Error(problems.map(({ message }) => message).join('; '));
  return compileRules(configuration);
}
