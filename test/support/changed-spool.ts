/** A spool of which some methods are others, to try what its users do when it fails. */
import type { Spool } from '../../src/spool/spool.ts';

export function changedSpool(spool: Spool, changes: Partial<Spool>): Spool {
  const get = (target: Spool, key: string | symbol): unknown => {
    const value: unknown = Reflect.get(changes, key) ?? Reflect.get(target, key);
    return typeof value === 'function' ? value.bind(target) : value;
  };
  return new Proxy(spool, { get });
}
