/** Puts a mail together: MIME, encoding and folding are nodemailer's; that no text of a request adds a line is ours. */
import { oneLine } from '../../base/printable.ts';
import { isInternational } from './address.ts';
import type { Draft } from './draft.ts';

interface Stamp {
  /** With its angle brackets. */
  readonly messageId: string;
  /** Milliseconds since the epoch. */
  readonly dateMs: number;
}

/** Makes the text of a mail: ASCII, each line short. */
export type Compose = (draft: Draft, stamp: Stamp, lineEnd: 'lf' | 'crlf') => Promise<string>;

/** RFC 5436 §2.6 asks for a subject that is not cut unless it is excessively long. In characters. */
const subjectLimit = 256;
const headerLimit = 512;
/** In characters. A notification is no archive: an event may have the content of a whole message in it. */
const bodyLimit = 1024 * 1024;

/** Loads the library; some milliseconds, so not before it is needed. */
export async function loadComposer(): Promise<Compose> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  return async (draft, { messageId, dateMs }, lineEnd) => {
    const mail = new MailComposer({
      headers: [...draft.headers].map(([key, value]) => ({ key: headerCase(key), value: headerValue(value) })),
      from: { name: headerText(draft.from.name, headerLimit), address: draft.from.address },
      to: draft.to.map(inHeader),
      cc: draft.cc.map(inHeader),
      ...(draft.replyTo === undefined ? {} : { replyTo: { name: '', address: draft.replyTo } }),
      subject: headerText(draft.subject, subjectLimit),
      messageId,
      date: new Date(dateMs),
      text: bodyText(draft.body),
      newline: lineEnd === 'lf' ? 'unix' : 'windows',
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    return (await mail.compile().build()).toString('latin1');
  };
}

/**
 * An address outside ASCII stands as the name of an empty group, encoded: so the header is ASCII, for servers and readers that
 * know nothing of RFC 6532 (the form is that of RFC 6857 §3.1.8).
 */
function inHeader(address: string): { name: string; address: string } | string {
  return isInternational(address) ? `"${address}":;` : { name: '', address };
}

/** `x-priority` becomes `X-Priority`. */
function headerCase(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

/** ASCII goes out as it is: encoded, a header of structure like Auto-Submitted would lose it. */
function headerValue(text: string): { readonly value: string; readonly prepared: boolean; readonly foldLines: true } {
  const value = headerText(text, headerLimit);
  return { value, prepared: /^[ -~]*$/.test(value), foldLines: true };
}

function headerText(text: string, limit: number): string {
  const line = oneLine(text.toWellFormed());
  const characters = [...line.slice(0, 2 * limit + 2)];
  return characters.length > limit ? `${characters.slice(0, limit - 1).join('')}…` : line;
}

/**
 * Lines that end in LF and in nothing else; a control character that is neither LF nor TAB becomes U+FFFD. What is too long is
 * cut, and says so.
 */
function bodyText(text: string): string {
  const cut = text.slice(0, bodyLimit).replace(/[\ud800-\udbff]$/, '');
  const lines = cut.toWellFormed().replace(/\r\n?/g, '\n');
  const shown = lines.replace(/[^\P{Cc}\n\t]/gu, '\ufffd').trimEnd();
  return cut.length < text.length
    ? `${shown}\n\n[${text.length - cut.length} more characters are not shown.]\n`
    : `${shown}\n`;
}
