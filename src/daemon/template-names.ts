/** The names in templates that no notification has a value for: what stands there would always be empty. */
import { BelfryError } from '../base/error.ts';
import { printable } from '../base/printable.ts';
import type { Loaded } from '../config/load.ts';
import type { ConfigProblem } from '../config/problem.ts';
import { templateWords } from '../notifier/template/values.ts';
import { nearest } from '../option/nearest.ts';
import { warning } from '../option/problem.ts';

/**
 * A warning for each name that is neither a word of templates nor a parameter of an event by the schemas, nor leads into one
 * (`imip.recipient`). Parameters of vendors of whom no schema knows anything may exist. The schemas are loaded only where a
 * template names more than words.
 */
export async function templateProblems({ readable }: Loaded): Promise<readonly ConfigProblem[]> {
  const { notifiers, builtIns, schemaDirectory } = readable;
  const asked = [...notifiers, ...builtIns].flatMap(({ templates }) =>
    templates.map(({ names, own = [], ...place }) => {
      const words = new Set([...templateWords, ...own]);
      return { place, words, unknown: [...new Set(names)].filter((name) => !isKnown(name, words)) };
    }),
  );
  if (asked.every(({ unknown }) => unknown.length === 0)) return [];
  const parameters = await parameterNames(schemaDirectory);
  if (parameters === undefined) return [];
  const vendors = new Set([...parameters].flatMap((name) => vendorOf(name) ?? []));
  return asked.flatMap(({ place, words, unknown }) =>
    unknown.flatMap((name): readonly ConfigProblem[] => {
      if (isKnown(name, parameters)) return [];
      const similar = nearest(name, [...words, ...parameters]);
      const vendor = vendorOf(name);
      if (similar === undefined && vendor !== undefined && !vendors.has(vendor)) return [];
      const remedy = similar === undefined ? 'belfry events TYPE lists the parameters' : `did you mean {${similar}}?`;
      return [{ ...place, ...warning(`no event has {${printable(name, 100)}}: its value is always empty`, remedy) }];
    }),
  );
}

/** Whether it is one of `names`, or a part of one, as a path divided by dots. */
function isKnown(name: string, names: ReadonlySet<string>): boolean {
  if (names.has(name)) return true;
  for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
    if (names.has(name.slice(0, dot))) return true;
  }
  return false;
}

/** `cmu` of `vnd.cmu.sessionId`. */
const vendorOf = (name: string): string | undefined => /^vnd\.([^.]+)\./.exec(name)?.[1];

/** Undefined where the schemas are wrong, which is said of their directory. */
async function parameterNames(override: string | undefined): Promise<ReadonlySet<string> | undefined> {
  try {
    const { loadSchemas } = await import('../schema/load-schemas.ts');
    const schemas = await loadSchemas(override === undefined ? {} : { override });
    return new Set(schemas.catalogue().flatMap(({ parameters }) => parameters.map(({ name }) => name)));
  } catch (thrown) {
    if (thrown instanceof BelfryError) return undefined;
    throw thrown;
  }
}
