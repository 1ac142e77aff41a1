/** Loads a configuration as a daemon needs it that starts with it: with a look at the files that it will need then. */
import { type Loaded, loadConfiguration, withProblems } from '../config/load.ts';
import { methods } from '../notifier/table.ts';
import { fileProblems, type Surroundings } from './file-problems.ts';

/**
 * As `loadConfiguration`, and what the file system refuses is a mistake of the option that names it. Both `belfry check` and
 * the daemon load with this, so that they find the same.
 */
export async function loadCheckedConfiguration(
  file: string,
  surroundings: Surroundings = { inherited: false },
): Promise<Loaded> {
  const loaded = loadConfiguration(file, { methods });
  return withProblems(loaded, await fileProblems(loaded, surroundings));
}
