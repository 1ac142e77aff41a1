/** What a method may know of the configuration around it when it checks its options. */

/** What a method may know of its notifier while its options are checked. */
export interface NotifierContext {
  readonly name: string;
  /** Nobody has listed it: it serves requests that name its method. */
  readonly builtIn: boolean;
  /** Upper case; undefined: all. */
  readonly classes: readonly string[] | undefined;
  readonly servername: string;
  readonly postmaster: string;
  /** An option for all notifiers that keeps this one from holding events back in its own way, with its value. */
  readonly holding?: string | undefined;
}
