/** Looks at the address to which a connection is to be made: at literals and at what a name resolves to, at the moment when it counts. */
import { type LookupAddress, lookup as resolve } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { buildConnector } from 'undici';
import type { AddressRule } from './refused-addresses.ts';

export class RefusedAddressError extends Error {
  constructor(address: string, host: string, why: string) {
    const of = host === address ? '' : ` of ${host}`;
    super(`belfry does not connect to the address ${address}${of}: ${why}`);
    this.name = 'RefusedAddressError';
  }
}

/** Resolves names as Node does, and answers only with addresses that the rule lets pass: the connection is made to one of these. */
export function guardedLookup(rule: AddressRule, inner: typeof resolve = resolve): LookupFunction {
  return (host, options, callback) => {
    const { family, hints, order } = options;
    const asked = {
      ...(family === undefined ? {} : { family }),
      ...(hints === undefined ? {} : { hints }),
      ...(order === undefined ? {} : { order }),
    };
    inner(host, { ...asked, all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      const fitting: LookupAddress[] = [];
      let refused: RefusedAddressError | undefined;
      for (const one of found) {
        const why = rule(one.address);
        if (why === undefined) fitting.push(one);
        else refused ??= new RefusedAddressError(one.address, host, why);
      }
      const [first] = fitting;
      if (first === undefined) return callback(refused ?? new Error(`${host} has no address`), []);
      return options.all === true ? callback(null, fitting) : callback(null, first.address, first.family);
    });
  };
}

/** For literals, which are not looked up. */
export function guardedConnector(rule: AddressRule, inner: buildConnector.connector): buildConnector.connector {
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    const why = isIP(host) === 0 ? undefined : rule(host);
    if (why === undefined) return inner(options, callback);
    return callback(new RefusedAddressError(host, host, why), null);
  };
}
