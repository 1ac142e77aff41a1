/** A configuration of a mebibyte, of whatever kind, is loaded or explained in a time that its length justifies. */
import { describe, expect, it } from 'vitest';
import { renderCheck } from '../../src/cli/render-check.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { methods, reader } from './fixture.ts';

describe('a file of a mebibyte', () => {
  const fill = (piece: string): string => piece.repeat(Math.floor(1_000_000 / piece.length));
  it.each([
    ['continuations', fill('\\\n')],
    ['backslashes before empty lines', `a: ${'\\'.repeat(500_000)}${'\n'.repeat(500_000)}`],
    ['white space', `a: ${fill(' ')}b${fill('\t')}\n`],
    ['white space before an equals sign', `a${fill(' ')}=`],
    ['colons', fill(':')],
    ['a long name', `${fill('a_')}: x`],
    ['unknown options', Array.from({ length: 20_000 }, (_, index) => `event_grups_${index}: x\n`).join('')],
    ['prefixed options', Array.from({ length: 9000 }, (_, index) => `${'x_'.repeat(45)}${index}: x\n`).join('')],
    ['notifiers', `notifiers: ${fill('a ')}\n`],
    ['names of nobody', `default_notifiers: ${fill('lgo ')}\n`],
    ['events', `events: ${fill('MesageNew ')}\n`],
    ['quotes', `special_use: \\Junk=${fill('" ')}\n`],
    ['attributes', `special_use: ${fill('\\Junk=a ')}\n`],
    ['a duration', `retry_for: ${fill('1')}x\n`],
    ['a duration of many parts', `retry_for: ${fill('1d')}x\n`],
    ['placeholders', `notifysocket: ${fill('{configdirectory} ')}\n`],
  ])('of %s takes no longer than its length justifies', (_name, main) => {
    // Of the processor: what else the machine does is not the file's fault.
    const before = process.cpuUsage();
    renderCheck(
      loadConfiguration('main', { methods, read: reader({ main }), environment: { hostname: 'mail.example.org' } }),
    );
    const { user, system } = process.cpuUsage(before);
    const took = (user + system) / 1000;
    expect(took).toBeLessThan(5000);
    if (process.env['FUZZ_TIMES']) process.stderr.write(`${_name}: ${took.toFixed(0)} ms\n`);
  });
});
