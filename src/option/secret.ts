/** How a secret is written: the same for every option that has one. */
import { z } from 'zod';
import type { Secret } from '../base/secret.ts';
import { type Declared, option } from './option.ts';
import { pathText } from './types.ts';

/** systemd allows no more in the name of a credential (systemd.exec(5)), and no path may come of it. */
const credentialName = /^[A-Za-z0-9_.-]{1,255}$/;
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What the value of a secret refers to; undefined where it is the secret itself. */
export function referenceIn(written: string): 'credential' | 'env' | undefined {
  if (written.startsWith('credential:')) return 'credential';
  return written.startsWith('env:') ? 'env' : undefined;
}

const secretText = z.string().transform((written, context): Secret => {
  const name = written.slice(written.indexOf(':') + 1);
  switch (referenceIn(written)) {
    case 'credential':
      if (credentialName.test(name) && !/^\.{1,2}$/.test(name)) return { credential: name };
      context.addIssue('after credential: comes its name, of letters, digits, and _ . -');
      return z.NEVER;
    case 'env':
      if (variableName.test(name)) return { variable: name };
      context.addIssue('after env: comes the name of a variable, of letters, digits and _');
      return z.NEVER;
    case undefined:
      return { text: written };
  }
});

interface SecretDocs {
  readonly description: string;
  readonly details?: string;
  /** What it means that there is none. */
  readonly absent: string;
  readonly example?: string;
}

type SecretOptions<N extends string> = {
  readonly [K in N]: Declared<Secret, SecretDocs>;
} & { readonly [K in `${N}_file`]: Declared<string, SecretDocs> };

/** Declares a secret with two options: `NAME`, which is the secret or a reference to it, and `NAME_file`. */
export function secretOptions<const N extends string>(name: N, { example, ...docs }: SecretDocs): SecretOptions<N> {
  const declared = {
    [name]: option('secret', secretText, { ...docs, example: example ?? `credential:${name}`, secret: true }),
    [`${name}_file`]: option('path', pathText, {
      description: `A file with ${name} on its first line. belfry reads it at the start and at a reload.`,
      absent: 'none',
      example: `/etc/belfry/${name.replaceAll('_', '-')}`,
      fileOf: name,
    }),
  };
  return declared as SecretOptions<N>;
}
