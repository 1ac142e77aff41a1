/** The one shape of a mistake in a configuration, until it is known where in the files it stands. */

export interface Problem {
  /** An error keeps the daemon from starting; a warning does not. */
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** What to write instead, without brackets or a full stop. */
  readonly remedy?: string;
  /** The value, and where in it (in UTF-16 units) the mistake is: shown below, with a caret under that place. */
  readonly excerpt?: { readonly text: string; readonly at: number };
}

/** One that concerns an option, which is named without what comes before it in the file: `smtp_user`, `http_listen`. */
export interface OptionProblem<Name extends string = string> extends Problem {
  readonly option: Name;
}

export function error(message: string, remedy?: string): Problem {
  return { severity: 'error', message, ...(remedy === undefined ? {} : { remedy }) };
}

export function warning(message: string, remedy?: string): Problem {
  return { severity: 'warning', message, ...(remedy === undefined ? {} : { remedy }) };
}
