/** What becomes of a text that may be wrong, where that is no reason to throw. */

/** The value, or what is wrong and what would be right. */
export type Parsed<T> = { readonly value: T } | { readonly wrong: string };
