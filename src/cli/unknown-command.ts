/** What is said of a word that is no command. */
import { BelfryError } from '../base/error.ts';
import { nearest } from '../option/nearest.ts';

export function unknownCommand(word: string, names: readonly string[]): BelfryError {
  if (/[./]/.test(word)) {
    const file = JSON.stringify(word.slice(0, 200));
    return new BelfryError('USAGE', `a configuration is named with -C: write belfry serve -C ${file}`);
  }
  const meant = nearest(word, names);
  const hint = meant === undefined ? `the commands are ${names.join(', ')}` : `did you mean ${meant}?`;
  return new BelfryError('USAGE', `there is no command ${JSON.stringify(word.slice(0, 40))}: ${hint}`);
}
