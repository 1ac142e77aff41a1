/** What body formats are opened with in tests. */
import { compileSpecialUse, defaultSpecialUse } from '../../../src/filter/special-use.ts';
import type { BodyFormat, FormatContext } from '../../../src/notifier/webhook/body-format.ts';
import { type BodyValues, bodyOptions, type FormatName } from '../../../src/notifier/webhook/body-options.ts';
import { openFormat as open } from '../../../src/notifier/webhook/formats.ts';
import { testServices } from '../open-method.ts';

export function contextOf(parts: Partial<FormatContext> = {}): FormatContext {
  const specialUse = compileSpecialUse(defaultSpecialUse);
  const services = { ...testServices(), specialUse };
  return { url: new URL('https://h/hook/a?b=c'), batched: false, services, ...parts };
}

type Request = Extract<ReturnType<BodyFormat['request']>, { value: unknown }>['value'];

/** The request, which there must be. */
export function requestOf(format: BodyFormat, ...notifications: Parameters<BodyFormat['request']>[0]): Request {
  const made = format.request(notifications);
  if ('value' in made) return made.value;
  throw new Error(`there is no request: ${JSON.stringify(made)}`);
}

/** Values of the options of bodies, as they are written in the file. Throws where one is wrong by itself. */
export function valuesOf(written: Readonly<Partial<Record<keyof BodyValues, string>>>): BodyValues {
  const parsed = Object.entries(bodyOptions).map(([name, option]) => {
    const text = name in written ? written[name as keyof BodyValues] : undefined;
    return [name, text === undefined ? undefined : option.parse(text)] as const;
  });
  return Object.fromEntries(parsed) as unknown as BodyValues;
}

export function openFormat(format: FormatName, context: FormatContext, sorted: boolean): BodyFormat {
  return open(valuesOf({ format }), context, sorted);
}
