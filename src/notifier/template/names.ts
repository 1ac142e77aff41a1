/** What the templates of a method ask for, by their options. */

/** The names for which the template of an option wants values. */
export interface TemplateNames {
  /** Of the method. */
  readonly option: string;
  readonly names: readonly string[];
  /** What can be named there beside the words of every template and the parameters of events. */
  readonly own?: readonly string[];
}

type Named = { readonly names: readonly string[] };

/** Of the options that are set: each is a template, or several. */
export function namesOf<Values extends object>(
  values: Values,
  ...options: readonly (keyof Values & string)[]
): readonly TemplateNames[] {
  return options.map((option) => {
    const value = values[option] as Named | readonly Named[] | undefined;
    return { option, names: [value ?? []].flat().flatMap(({ names }) => names) };
  });
}
