/** To whom a mail goes that no Sieve script has addressed: the templates of mailto_to, filled in, and looked up. */
import type { Notification } from '../notifier.ts';
import type { Parsed } from '../parsed.ts';
import type { Template } from '../template/template.ts';
import { templateValues } from '../template/values.ts';
import { parseRecipient, uniqueAddresses } from './address.ts';
import type { UserMap } from './user-map.ts';

export interface Addressing {
  /** None: there is no recipient. */
  readonly to: readonly Template[];
  /** The options as they are written, for reasons. */
  readonly options: { readonly to: string; readonly map: string };
  /** The file of mailto_map. */
  readonly map: UserMap | undefined;
  /** What is appended to a user without `@`. */
  readonly domain: string | undefined;
  readonly notifier: string;
  readonly servername: string;
}

/** Nobody is to get it, and nothing is wrong: it is filtered by this option. */
export interface Nobody {
  readonly nobody: { readonly option: string; readonly detail: string };
}

/**
 * A text with names in braces is looked up in the map; what is not there is an address if it has an `@`, gets the domain if it
 * has none, and without a domain is nobody. Without map and domain it must be an address, as a text without names always must.
 */
export function recipientsOf(notification: Notification, addressing: Addressing): Parsed<readonly string[]> | Nobody {
  const { to, options } = addressing;
  if (to.length === 0) return { wrong: `no recipient: set ${options.to}` };
  const lookUp = templateValues(notification, addressing);
  const addresses: string[] = [];
  let nobody: Nobody | undefined;
  for (const template of to) {
    const text = template.render(lookUp);
    const found = template.names.length === 0 ? [text] : addressesOf(text, addressing);
    if ('nobody' in found) nobody = found;
    else {
      for (const each of found) {
        const address = parseRecipient(each);
        if ('wrong' in address) return { wrong: `${JSON.stringify(each)} is not a mail address: ${address.wrong}` };
        addresses.push(address.value);
      }
    }
  }
  return nobody !== undefined && addresses.length === 0 ? nobody : { value: uniqueAddresses(addresses) };
}

function addressesOf(text: string, { map, domain, options }: Addressing): readonly string[] | Nobody {
  const isUser = map !== undefined || domain !== undefined;
  if (text === '' && isUser) return { nobody: { option: options.to, detail: 'the event names no user' } };
  const mapped = map?.(text);
  if (mapped !== undefined) return mapped;
  if (text.includes('@') || !isUser) return [text];
  if (domain !== undefined) return [`${text}@${domain}`];
  return { nobody: { option: options.map, detail: `${JSON.stringify(text)} is not in the file` } };
}
