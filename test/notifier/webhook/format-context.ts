/** What body formats are opened with in tests. */
import { compileSpecialUse, defaultSpecialUse } from '../../../src/filter/special-use.ts';
import type { BodyFormat, FormatContext } from '../../../src/notifier/webhook/body-format.ts';
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
