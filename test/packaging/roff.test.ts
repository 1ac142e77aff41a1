/** Markdown to man(7): nothing that a text holds is taken for a request or an escape. */
import { describe, expect, it } from 'vitest';
import { roffOf } from '../../packaging/roff.ts';

describe('man(7) out of Markdown', () => {
  it('writes headings, paragraphs and lists', () => {
    expect(roffOf('### See also\n\nOne\ntwo.\n\n- a `b-c`\n- d', 'SH')).toBe(
      '.SH "SEE ALSO"\nOne two.\n.IP \\(bu 2\na \\fBb\\-c\\fR\n.IP \\(bu 2\nd\n',
    );
    expect(roffOf('### belfry "x"', 'SS')).toBe('.SS "belfry \\(dqx\\(dq"\n');
  });

  it('puts what a table says between the first and the last column into parentheses', () => {
    const table =
      '| Option | Value | Default | Meaning |\n| --- | --- | --- | --- |\n| `a` | `x` `y` | `x` | A \\| B. |';
    expect(roffOf(table, 'SH')).toBe('.TP\n\\fBa\\fR (\\fBx\\fR \\fBy\\fR; default: \\fBx\\fR)\nA | B.\n');
  });

  it('lets no text become a request or an escape', () => {
    expect(roffOf('.so /etc/passwd', 'SH')).toBe('.PP\n\\&.so /etc/passwd\n');
    expect(roffOf("'\\Junk' ~^", 'SH')).toBe('.PP\n\\(aq\\eJunk\\(aq \\(ti\\(ha\n');
    expect(roffOf('`` a`b ``', 'SH')).toBe('.PP\n\\fBa\\(gab\\fR\n');
  });

  it('refuses what it has no rule for', () => {
    expect(() => roffOf('1. first', 'SH')).toThrow('no rule');
  });
});
