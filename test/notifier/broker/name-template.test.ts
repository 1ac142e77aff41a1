/** Templates of names: whatever a value holds, it stays in its place, and different values make different names. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameTemplate } from '../../../src/notifier/broker/name-template.ts';
import { tokenOf } from '../../../src/notifier/broker/token.ts';
import { anyNotification, anyText, eventNotification } from '../samples.ts';

const unsafe = /[^A-Za-z0-9@%-]/gu;
const rules = { unsafe, maxBytes: 60, wrongIn: (name: string) => (name.includes('..') ? 'two dots' : undefined) };
const services = { name: 'x', servername: 'mail.example.org' };

function parse(written: string) {
  return nameTemplate({ description: 'A name.' }, rules).safeParse(written);
}
function render(written: string, notification = eventNotification('1')) {
  const template = parse(written).data;
  if (template === undefined) throw new Error('it is wrong');
  return template.render(notification, services);
}

describe('a value in a name', () => {
  it('holds only what cannot be structure', () => {
    fc.assert(
      fc.property(anyText(40), (value) => /^(?:[A-Za-z0-9@-]|%[0-9A-F]{2})+$|^_$/.test(tokenOf(value, unsafe))),
    );
  });

  it('is another one for another value', () => {
    fc.assert(
      fc.property(anyText(4), anyText(4), (one, other) => {
        // Halves of pairs are not text.
        fc.pre(one.isWellFormed() && other.isWellFormed() && one !== other);
        expect(tokenOf(one, unsafe)).not.toBe(tokenOf(other, unsafe));
      }),
    );
    expect(['', '_', '%5F', '__', '%'].map((value) => tokenOf(value, unsafe))).toEqual(
      expect.arrayContaining(['_', '%5F', '%255F', '%5F%5F', '%25']),
    );
  });

  it('can be read back', () => {
    fc.assert(
      fc.property(anyText(10), (value) => {
        fc.pre(value.isWellFormed() && value !== '');
        expect(decodeURIComponent(tokenOf(value, unsafe))).toBe(value);
      }),
    );
  });
});

describe('a template of a name', () => {
  it.each([
    ['mail', 'mail'],
    ['mail.{event}.{user}', 'mail.MessageNew.john'],
    ['{mailbox}/{vnd.cmu.sessionId}', 'user%2Ejohn/_'],
    ['{{x}}', '{x}'],
  ])('%s is filled in', (written, name) => {
    expect(render(written)).toEqual({ value: name });
  });

  it.each(['{', '{user', 'a..b', 'x'.repeat(61)])('%s is a mistake', (written) => {
    expect(parse(written).error?.issues).toHaveLength(1);
  });

  it('makes no name that is too long', () => {
    expect(render('a.{user}', eventNotification('1', { user: 'x'.repeat(59) }))).toHaveProperty('wrong');
    expect(render('a.{user}', eventNotification('1', { user: 'x'.repeat(58) }))).toHaveProperty('value');
    // Three bytes become nine.
    expect(render('{user}', eventNotification('1', { user: '日'.repeat(7) }))).toHaveProperty('wrong');
  });

  it('keeps its structure, whatever a notification holds', () => {
    fc.assert(
      fc.property(
        anyNotification(() => '1'),
        (notification) => {
          const name = render('a.{user}.{event}.z', notification);
          if ('value' in name) expect(name.value).toMatch(/^a\.[^.]+\.[^.]+\.z$/);
        },
      ),
    );
  });
});
