import { describe, expect, it } from 'vitest';
import { renderCatalogue, renderEvent } from '../../src/cli/render-events.ts';
import { loadSchemas } from '../../src/schema/load-schemas.ts';

const catalogue = (await loadSchemas()).catalogue();

it('lists the events by group, one that is in two in both, and those in none', () => {
  const text = renderCatalogue(catalogue);
  expect(text).toMatch(/^access\n {2}AclChange +Rights were changed\n {2}Login /);
  expect(text.match(/^ {2}AclChange /gm)).toHaveLength(2);
  expect(text).toMatch(/\n\nin no group\n {2}CalendarEventNew +A calendar entry was stored\n {2}vnd\.dovecot\./);
  expect(text.endsWith('\n\n29 event types; belfry events NAME describes one.\n')).toBe(true);
  for (const { name, title } of catalogue) expect(text).toMatch(new RegExp(`^ {2}${name} +${title}$`, 'm'));
});

describe('one event', () => {
  it.each(catalogue)('$name is laid out in 100 columns with all that is known of it', (event) => {
    const text = renderEvent(event);
    for (const line of text.split('\n')) {
      expect(line.length).toBeLessThanOrEqual(100);
      expect(line).toBe(line.trimEnd());
    }
    for (const { name, type } of event.parameters)
      expect(text).toMatch(new RegExp(`^ {2}${name} +${type.split(' ')[0]}`, 'm'));
    const running = text.replace(/\s+/g, ' ');
    for (const { description, source } of event.parameters) expect(running).toContain(`${description} (${source})`);
  });

  it('shows what it always carries, what it may carry, and its rules', () => {
    const event = {
      name: 'QuotaExceed',
      groups: ['quota'],
      title: 'A quota was exceeded',
      description: 'Something failed.',
      source: 'RFC 5423 §4.1',
      rules: ['diskQuota or maxMessages'],
      parameters: [
        {
          name: 'uri',
          type: 'an IMAP URL',
          types: ['string'],
          required: true,
          description: 'The quota root.',
          source: 'RFC 5423 §5',
        },
        {
          name: 'diskQuota',
          type: 'a whole number',
          types: ['integer'],
          required: false,
          description: `The limit ${'x'.repeat(90)}.`,
          source: '',
        },
      ],
    };
    expect(renderEvent(event)).toBe(`QuotaExceed: A quota was exceeded
  Something failed.

  Groups  quota
  Source  RFC 5423 §4.1

Required parameters
  uri        an IMAP URL
      The quota root. (RFC 5423 §5)
  and diskQuota or maxMessages

Optional parameters
  diskQuota  a whole number
      The limit
      ${'x'.repeat(90)}.

belfry passes on other parameters unchanged.
`);
  });

  it('of which nothing is known is shown too', () => {
    const event = { name: 'A', groups: [], title: 'A', description: '', source: '', rules: [], parameters: [] };
    expect(renderEvent(event)).toBe(`A: A

  Groups  none; event_groups does not affect this type
  Source  not given

belfry passes on other parameters unchanged.
`);
    expect(renderCatalogue([])).toBe('\n\n0 event types; belfry events NAME describes one.\n');
  });
});
