/** What an answer of an SMTP server, or its absence, means for a mail: tried again, given up, or taken. */
import type { SMTPConnectionSendInfo } from 'nodemailer/lib/smtp-connection';
import { codeOf, messageOf } from '../../base/error.ts';

/**
 * How far a session has come. `session`: greeting, login. `encryption`: between STARTTLS and its end. `envelope`: up to the last piece of the mail.
 * `answer`: the whole mail is on its way, and only the answer to it is missing.
 */
export type Stage = 'session' | 'encryption' | 'envelope' | 'answer';

export interface Failure {
  readonly status: 'retry' | 'rejected';
  readonly reason: string;
  /** Set when what failed was to encrypt the connection. */
  readonly encryption?: true;
}

/** A mail that was taken for at least one recipient. */
export interface Accepted {
  /** What the server answered. */
  readonly answer: string;
  readonly accepted: readonly string[];
  /** The recipients that were refused for now, and for ever, with the answers. */
  readonly deferred: readonly string[];
  readonly refused: readonly string[];
}

/**
 * 5xx codes that do not speak of the mail: 503 of the order of commands, the others of a login that is missing or is
 * refused (RFC 4954 §6). An administrator can mend these.
 */
const notOfTheMail: ReadonlySet<number> = new Set([503, 530, 534, 535, 538]);

/**
 * Until the mail has begun everything that fails is tried again: the server does not know the mail yet. Then 4xx is
 * tried again and 5xx is final. A connection that ends while the answer is awaited leaves open whether the mail was
 * taken: such a mail is given up, because nobody should get it twice (RFC 5436 §2.7). An administrator who finds that it did
 * not arrive sends it again from the dead letters.
 */
export function failureOf(error: unknown, stage: Stage): Failure {
  const reason = messageOf(error);
  const code = replyCode(error);
  if (stage === 'encryption') return { status: 'retry', reason: plainly(reason), encryption: true };
  if (stage === 'session') return { status: 'retry', reason };
  if (code !== undefined && code >= 400) return { status: isFinal(code) ? 'rejected' : 'retry', reason };
  if (stage === 'answer') {
    return { status: 'rejected', reason: `${reason}: ${ambiguous('the server')}` };
  }
  // The library knows the server's limit (SIZE, RFC 1870) and does not even try.
  return { status: codeOf(error) === 'EMESSAGE' ? 'rejected' : 'retry', reason };
}

/** The end of the reason for a mail that `what` may or may not have accepted. */
export function ambiguous(what: string): string {
  return `it is not known whether ${what} accepted the mail, and it must not be sent twice`;
}

/** `refused`: recipients that the server was not asked to take, with the reasons. */
export function acceptedOf(
  { response, accepted, rejectedErrors = [] }: SMTPConnectionSendInfo,
  refused: readonly string[],
): Accepted {
  const final = rejectedErrors.filter((error) => isFinal(replyCode(error)));
  const passing = rejectedErrors.filter((error) => !isFinal(replyCode(error)));
  const shown = (error: (typeof rejectedErrors)[number]): string =>
    `${error.recipient ?? ''} ${messageOf(error)}`.trim();
  return { answer: response, accepted, deferred: passing.map(shown), refused: [...final.map(shown), ...refused] };
}

function isFinal(code: number | undefined): boolean {
  return code !== undefined && code >= 500 && !notOfTheMail.has(code);
}

/** The code of the server's answer; undefined when there was none. */
export function replyCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'responseCode' in error ? error.responseCode : undefined;
  return typeof code === 'number' ? code : undefined;
}

/** The words in the middle of an error of OpenSSL: `number:error:number:library:function:words:file:line`. */
function plainly(reason: string): string {
  const fields = reason.split(':');
  return fields[1] === 'error' && fields[5] !== undefined ? `encryption failed: ${fields[5]}` : reason;
}
