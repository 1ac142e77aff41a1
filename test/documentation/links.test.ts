/** Every link in the documentation leads to a file, and to a heading in it; every page can be reached from README.md. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './blocks.ts';

const pages: readonly string[] = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`)
    .sort(),
];

const textOf = (page: string): string =>
  readFileSync(join(root, page), 'utf8').replace(/^(\s*)```[\s\S]*?^\1```$/gm, '');

interface Link {
  readonly page: string;
  /** From the root of the repository; empty for the page itself. */
  readonly file: string;
  readonly anchor: string;
  readonly target: string;
}

function linksOf(page: string): readonly Link[] {
  const targets = [...textOf(page).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor = ''] = target.split('#');
      return { page, file: path === '' ? page : normalize(join(dirname(page), path)), anchor, target };
    });
}

/** The anchors of the headings of a page, as GitHub makes them: lower case, no punctuation, hyphens for spaces. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = [...textOf(page).matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = '']) => heading);
  const anchors = new Set<string>();
  for (const heading of headings) {
    const plain = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = plain;
    for (let number = 1; anchors.has(anchor); number++) anchor = `${plain}-${number}`;
    anchors.add(anchor);
  }
  return anchors;
}

const links = pages.flatMap(linksOf);

it('reads the links', () => {
  expect(links.length).toBeGreaterThan(20);
});

it('every link leads to a file of the repository', () => {
  expect(
    links.filter(({ file }) => !existsSync(join(root, file))).map(({ page, target }) => `${page}: ${target}`),
  ).toEqual([]);
});

it('every link with an anchor leads to a heading', () => {
  const broken = links.filter(
    ({ file, anchor }) => anchor !== '' && file.endsWith('.md') && !anchorsOf(file).has(anchor),
  );
  expect(broken.map(({ page, target }) => `${page}: ${target}`)).toEqual([]);
});

it('every page can be reached from README.md', () => {
  const reached = new Set(['README.md']);
  for (const page of reached) for (const { page: from, file } of links) if (from === page) reached.add(file);
  expect(pages.filter((page) => !reached.has(page))).toEqual([]);
});

it('no page has two headings of level 1, and none begins without one', () => {
  const wrong = pages.filter((page) => {
    const text = textOf(page);
    return !text.startsWith('# ') || (text.match(/^# /gm) ?? []).length !== 1;
  });
  expect(wrong).toEqual([]);
});
