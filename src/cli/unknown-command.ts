/** What is said of a word that is no command. */
import { BelfryError } from '../base/error.ts';
import { nearest } from '../option/nearest.ts';

export function unknownCommand(word: string, names: readonly string[]): BelfryError {
  if (/[./]/.test(word)) {
    const file = JSON.stringify(word.slice(0, 200));
    return new BelfryError('USAGE', `to name a configuration, use -C: belfry serve -C ${file}`);
  }
  const meant = nearest(word, names);
  const hint = meant === undefined ? `the commands are ${names.join(', ')}` : `did you mean ${meant}?`;
  return new BelfryError('USAGE', `unknown command ${JSON.stringify(word.slice(0, 40))}: ${hint}`);
}
