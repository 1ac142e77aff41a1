/** The version of this belfry, from its package. */
import { readFileSync } from 'node:fs';

/** Like `0.2.0`. */
export function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  // Our own file, and the only module that `belfry --version` needs: not worth a schema, which takes a library.
  return (JSON.parse(text) as { readonly version: string }).version;
}
