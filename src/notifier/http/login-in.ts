/** User and password in a URL. */
import { ifPossible } from '../../base/error.ts';

/** `user:password`, decoded; undefined when they are not encoded as in a URL they must be. */
export function loginIn({ username, password }: URL): string | undefined {
  return ifPossible(() => `${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
}

export const loginMistake = ['the user or the password contains a % that is not encoded', 'write a % as %25'] as const;
