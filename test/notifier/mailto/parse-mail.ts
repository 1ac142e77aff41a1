/** Reads a mail back as a receiver would, independently of what has written it. */

export interface ParsedMail {
  /** Names as written and unfolded values, in order. */
  readonly headers: readonly (readonly [string, string])[];
  /** The decoded value of a header that must be there exactly once; undefined when it is not there. */
  header(name: string): string | undefined;
  /** The body, decoded. */
  readonly body: string;
}

/** Throws when the text is no mail: a line that is no header, a line too long, a byte outside ASCII, mixed line ends. */
export function parseMail(text: string, lineEnd = '\n'): ParsedMail {
  if (/[^\t\r\n\x20-\x7e]/.test(text)) throw new Error('a character outside printable ASCII is in the mail');
  if (lineEnd === '\n' ? text.includes('\r') : /[^\r]\n|\r(?!\n)/.test(text)) throw new Error('line ends are mixed');
  const lines = text.split(lineEnd);
  const long = lines.find((line) => line.length > 998);
  if (long !== undefined) throw new Error(`a line has ${long.length} characters`);
  const end = lines.indexOf('');
  if (end < 0) throw new Error('the headers do not end');
  const headers = lines
    .slice(0, end)
    .join('\n')
    .replace(/\n(?=[ \t])/g, '')
    .split('\n')
    .map((line): readonly [string, string] => {
      const match = /^([!-9;-~]+):[ \t]?(.*)$/.exec(line);
      if (!match) throw new Error(`this is no header: ${line}`);
      return [match[1] ?? '', match[2] ?? ''];
    });
  function header(name: string): string | undefined {
    const values = headers.filter(([key]) => key.toLowerCase() === name.toLowerCase());
    if (values.length > 1) throw new Error(`the header ${name} is there ${values.length} times`);
    return values[0] && decodeWords(values[0][1]);
  }
  const encoding = header('Content-Transfer-Encoding') ?? '7bit';
  return { headers, header, body: decodeBody(lines.slice(end + 1).join('\n'), encoding) };
}

function decodeBody(body: string, encoding: string): string {
  switch (encoding) {
    case '7bit':
      return body;
    case 'base64':
      return Buffer.from(body, 'base64').toString('utf8');
    case 'quoted-printable':
      return Buffer.from(
        body
          .replace(/[ \t]+$/gm, '')
          .replace(/=\n/g, '')
          .replace(/=([0-9A-F]{2})/g, fromHex),
        'latin1',
      ).toString('utf8');
    default:
      throw new Error(`the transfer encoding ${encoding} is not expected`);
  }
}

/** Encoded words of RFC 2047, of which the white space between two is not part of the text. */
function decodeWords(value: string): string {
  return value
    .replace(/(=\?[^? ]+\?[QB]\?[^? ]*\?=)\s+(?==\?)/gi, '$1')
    .replace(/(?:=\?utf-8\?[QB]\?[^? ]*\?=)+/gi, (words) => {
      const bytes = [...words.matchAll(/=\?utf-8\?([QB])\?([^? ]*)\?=/gi)].map(([, kind = '', text = '']) =>
        kind.toUpperCase() === 'B'
          ? Buffer.from(text, 'base64')
          : Buffer.from(text.replace(/_/g, ' ').replace(/=([0-9A-F]{2})/g, fromHex), 'latin1'),
      );
      return Buffer.concat(bytes).toString('utf8');
    });
}

function fromHex(_: string, digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 16));
}
