/** A secret as the configuration has it: itself, or where it is. It is read where it is needed, and never printed. */
export type Secret =
  | { readonly text: string }
  /** The file of which the first line is the secret. */
  | { readonly file: string }
  /** A credential that systemd passes (systemd.exec(5), LoadCredential=): a file in the directory of them. */
  | { readonly credential: string }
  /** A variable of the environment. */
  | { readonly variable: string };
