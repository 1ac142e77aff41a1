/** The name of the user that runs this. */
import { userInfo } from 'node:os';

/** Undefined for a user id without a name. */
export function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
