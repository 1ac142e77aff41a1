/** The shapes of text that make readers slow: one piece over and over, with what leads a reader there before and behind. */

export interface Trial {
  readonly name: string;
  /** Each twice the one before. */
  readonly lengths: readonly number[];
  /** Makes the input of this length; what it answers reads it. */
  readonly prepare: (length: number) => () => unknown;
}

const pieces: Readonly<Record<string, string>> = {
  newlines: '\n',
  'CR LF': '\r\n',
  spaces: ' ',
  tabs: '\t',
  'folded lines': '\r\n a',
  letters: 'a',
  words: 'ab ',
  'beyond ASCII': 'é',
  'decomposed letters': 'u\u0308',
  'surrogate pairs': '\u{1f514}',
  'halves of surrogate pairs': '\ud800',
  'control characters': '\u0001',
  NULs: '\0',
  'direction overrides': '\u202e',
  quotes: '"',
  backslashes: '\\',
  'escaped quotes': '\\"',
  'opening parentheses': '(',
  'closing parentheses': ')',
  'opening brackets': '[',
  'opening braces': '{',
  'nested objects': '{"a":',
  'angle brackets': '<',
  'pairs of angle brackets': '<a>',
  commas: ',',
  colons: ':',
  semicolons: ';',
  dots: '.',
  slashes: '/',
  'at signs': '@',
  carets: '^',
  stars: '*',
  percents: '%',
  'encoded bytes': '%41',
  'encoded percents': '%25',
  ampersands: '&',
  'empty shifts': '&-',
  shifts: '&AOk-',
  'open shifts': '&AOk',
  equals: '=',
  'question marks': '?',
  'beginnings of encoded words': '=?',
  'open encoded words': '=?utf-8?q?',
  'encoded words in Q': '=?utf-8?q?=41?= ',
  'encoded words in B': '=?utf-8?b?4pyT?= =?iso-8859-1?b?6Q==?=\n',
  'encoded words of no charset': '=?x?q?a?=',
  digits: '1',
  zeros: '0',
  UIDs: '7,',
  'UIDs with ranges': '1:4,7,',
  flags: '\\Seen $Work ',
  'header fields': 'a: b\r\n',
  'fields of a form': 'a=b&',
  'queries of a URI': 'to=a@b.org&',
  addresses: 'a@example.org,',
  'quoted addresses': '"a,b"@example.org,',
  'parameters of a URL': ';UID=1',
  'status lines': 'HTTP/1.1 103 x\n\n',
  numbers: '1.0,',
  strings: '"a",',
  members: '"a":1,',
  atoms: 'A b ',
  literals: '{1+}\r\na ',
};

interface Choice {
  /** What stands before and behind; what the reader is fed besides the text alone. */
  readonly around?: readonly (readonly [before: string, behind: string])[];
  /** Names of pieces; all of them when absent. */
  readonly only?: readonly string[];
  /** Of the shortest text, in UTF-16 units. */
  readonly length?: number;
}

const defaultLength = 1024;
const bare: readonly (readonly [string, string])[] = [['', '']];

/** One trial for each surrounding, of all pieces one after the other: to ask for the steps takes longer than to make them. */
export function* everyShape(
  reader: string,
  read: (text: string) => unknown,
  { around = bare, only = Object.keys(pieces), length = defaultLength }: Choice = {},
): Generator<Trial> {
  for (const [before, behind] of around) {
    yield grown(`${reader}: ${JSON.stringify(`${before}…${behind}`)}`, length, (size) => {
      const texts = only.map((shape) => {
        const piece = pieces[shape] ?? shape;
        return Buffer.from(`${before}${piece.repeat(Math.ceil(size / piece.length))}${behind}`, 'utf16le').toString(
          'utf16le',
        );
      });
      return async () => {
        for (const text of texts) await read(text);
      };
    });
  }
}

/** One trial of an input that a list of `length` things, or the like, makes. */
export function grown(name: string, length: number, prepare: Trial['prepare']): Trial {
  return { name, lengths: [length, 2 * length, 4 * length], prepare };
}
