/** What docs/troubleshooting.md quotes from the log and the status is what the code says. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './blocks.ts';

const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');
const source = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(root, 'src', name), 'utf8'))
  .join('\n');

/** Quotations of several words in small letters: no command, no option with its value, nothing with a name of ours. */
const quoted = [...page.matchAll(/`([a-zA-Z][^`\n]*)`/g)]
  .map(([, text = '']) => text.replace(/; …$/, ''))
  .filter((text) => text.split(' ').length > 4 && !/^(belfry |systemctl |journalctl |[a-zA-Z]+_\w+: )/.test(text))
  .filter((text) => !/\d|[A-Z]{3,} ?[,:]/.test(text.replace('WATCHDOG=1', '')));

it('quotes messages', () => expect(quoted.length).toBeGreaterThan(15));

it.each([...new Set(quoted)])('%s', (message) => {
  expect(source).toContain(message);
});
