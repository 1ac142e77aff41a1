/** What docs/troubleshooting.md quotes from the log and the status is what the code says. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { renderFinding } from '../../src/cli/render-doctor.ts';
import { cyrusCheck } from '../../src/doctor/cyrus-check.ts';
import { doctorContext, findingsOf } from '../doctor/doctor-context.ts';
import { blocksIn, root } from './blocks.ts';

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

it('shows lines of belfry doctor as it prints them', async () => {
  const [block] = blocksIn('docs/troubleshooting.md').filter(({ language }) => language === 'text');
  const shown = block?.text.split('\n').slice(1, 5).join('\n');
  const own = ['notifiers: audit', 'audit_method: log', '', '', 'notifysocket: /run/belfry/notify'];
  const context = doctorContext({
    '/etc/belfry.conf': own,
    '/etc/imapd.conf': [...Array(12).fill(''), 'event_notifier: default', 'notifysocket: /run/cyrus/socket/notify'],
  });
  const findings = await findingsOf(cyrusCheck, context);
  const text = findings
    .filter(({ message, verdict }) => verdict === 'fault' || message.includes('can read'))
    .map((finding) => renderFinding({ check: 'cyrus', ...finding }));
  expect(text.join('').trimEnd()).toBe(shown);
});
