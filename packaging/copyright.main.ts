/**
 * Writes the copyright file of the Debian package to standard output: our licence, those of the packages in node_modules, and of
 * packages that became part of other files (`PACKAGE=FILE`).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';

/** Lines of copyright and the licence of one package. */
interface Entry {
  readonly files: string;
  readonly holders: readonly string[];
  readonly licence: string;
  readonly text: string;
}

/** Licences that need not be repeated, because base-files has them. */
const onEveryDebian: ReadonlyMap<string, string> = new Map([
  ['Apache-2.0', 'On Debian systems, the full text is in /usr/share/common-licenses/Apache-2.0.'],
]);

const manifest = z.object({
  name: z.string(),
  license: z.string(),
  author: z.union([z.string(), z.object({ name: z.string() })]).optional(),
});

const [modules = '', own = '', ...included] = process.argv.slice(2);
const parts = included.map((one) => {
  const [directory = '', files = ''] = one.split('=');
  return read(directory, files);
});
process.stdout.write(
  render([{ ...read(own, '*'), files: '*' }, ...packages(modules).map((directory) => read(directory)), ...parts]),
);

/** Every directory of a package below `directory`. */
function packages(directory: string): readonly string[] {
  const found = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?:^|node_modules\/)(?:@[^/]+\/)?[^/@]+\/package\.json$/.test(name))
    .map((name) => join(directory, dirname(name)));
  return found.sort();
}

function read(directory: string, files = `usr/lib/belfry/node_modules/${relativeTo(directory)}/*`): Entry {
  const { name, license, author } = manifest.parse(JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')));
  const file = readdirSync(directory).find((one) => /^licen[sc]e(?:$|[.-])/i.test(one));
  const text = file === undefined ? '' : readFileSync(join(directory, file), 'utf8').replaceAll('\r', '').trim();
  const lines = text.split('\n').map((line) => line.trim());
  const holders = lines.filter((line) => /^copyright\b.*\d{4}|^copyright \(c\)/i.test(line));
  const by = typeof author === 'string' ? author.replace(/ *[<(].*/, '') : author?.name;
  return {
    files,
    holders: holders.length > 0 ? holders : [by ?? `the authors of ${name}`],
    licence: license.replaceAll(/[()]/g, '').replaceAll(/ OR /g, ' or '),
    text: lines
      .filter((line) => !holders.includes(line))
      .join('\n')
      .trim(),
  };
}

function relativeTo(directory: string): string {
  const parent = dirname(directory);
  return basename(parent).startsWith('@') ? `${basename(parent)}/${basename(directory)}` : basename(directory);
}

function render(entries: readonly Entry[]): string {
  const head = 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: belfry\n';
  const texts = new Map<string, string>();
  for (const [licence, text] of onEveryDebian) texts.set(licence, text);
  for (const { licence, text } of entries) if (text !== '' && !texts.has(licence)) texts.set(licence, text);
  const missing = entries.filter(({ licence }) => !texts.has(licence));
  if (missing.length > 0) throw new Error(`no text of the licence: ${missing.map(({ files }) => files).join(', ')}`);
  const stanzas = entries.map(({ files, holders, licence }) => {
    const lines = holders.join('\n           ');
    return `Files: ${files}\nCopyright: ${lines}\nLicense: ${licence}\n`;
  });
  const licences = [...texts].map(([licence, text]) => `License: ${licence}\n${indented(text)}\n`);
  return [head, ...stanzas, ...licences].join('\n');
}

/** As the body of a field: an empty line is a full stop. */
function indented(text: string): string {
  return text
    .replaceAll(/\n{3,}/g, '\n\n')
    .replaceAll(/^/gm, ' ')
    .replaceAll(/^ $/gm, ' .');
}
