/** The values that templates of a webhook can name: those of all templates, the members of the envelope, and what a person wants to read. */
import { isJsonObject, type Json, type JsonObject, writeJson } from '../../../base/event.ts';
import { oneLine } from '../../../base/printable.ts';
import { envelopeOf } from '../../envelope.ts';
import { type MailSummary, mailSummary } from '../../mail-summary.ts';
import type { Notification, Services } from '../../notifier.ts';
import { templateValues } from '../../template/values.ts';
import { type otherNames, summaryNames } from './own-names.ts';
import type { LookUp } from './text.ts';

export interface Values {
  readonly text: LookUp;
  /** For a name that stands alone in JSON: numbers, lists and objects as they are, null for what is not there. */
  readonly json: (name: string) => Json;
}

const newMail: ReadonlySet<string> = new Set(['MessageNew', 'MessageAppend', 'vnd.dovecot.MessageNew']);
const ofSummary: ReadonlySet<string> = new Set(summaryNames);

/**
 * - `from`, `fromName`, `to`, `subject`, `snippet`: of the mail, see `mailSummary`; `title` and `text`: a heading and a line
 *   for a person, of any notification.
 * - `receivedAt`, `owner`, `folder` (the levels with `/` between them), `uidvalidity`, `uidset`, `uids`: of the envelope.
 * - `data`: the payload; `envelope`: the whole envelope. As text both are JSON.
 * - Every other name is looked up by `templateValues`.
 */
export function valuesOf(
  notification: Notification,
  services: Pick<Services, 'name' | 'servername' | 'specialUse'>,
): Values {
  const { payload } = notification;
  const { name: notifier, servername } = services;
  const common = templateValues(notification, { notifier, servername });
  let envelope: JsonObject | undefined;
  let summary: MailSummary | undefined;
  const inEnvelope = (): JsonObject => (envelope ??= envelopeOf(notification, services));
  const ofMail = (): MailSummary => (summary ??= mailSummary(payload));
  const folder = (): string => folderIn(inEnvelope());

  const own: Readonly<Record<(typeof otherNames)[number], () => Json>> = {
    title: () => titleOf(notification),
    text: () => textOf(notification, ofMail(), folder()),
    folder,
    owner: () => mailboxIn(inEnvelope())['owner'] ?? null,
    data: () => payload,
    envelope: () => inEnvelope(),
    receivedAt: () => inEnvelope()['receivedAt'] ?? null,
    uidvalidity: () => inEnvelope()['uidvalidity'] ?? null,
    uidset: () => inEnvelope()['uidset'] ?? null,
    uids: () => inEnvelope()['uids'] ?? null,
  };
  function known(name: string): Json | undefined {
    if (Object.hasOwn(own, name)) return own[name as keyof typeof own]();
    if (ofSummary.has(name)) return ofMail()[name as keyof MailSummary];
    return undefined;
  }
  return {
    text(name) {
      const value = known(name);
      if (value === undefined) return common(name);
      return value === null ? '' : typeof value === 'string' ? value : writeJson(value);
    },
    json(name) {
      const value = known(name);
      if (value !== undefined) return value === '' ? null : value;
      const text = common(name);
      // The words of all templates win over parameters of the same name.
      const parameter = Object.hasOwn(payload, name) ? payload[name] : undefined;
      if (parameter !== undefined && typeof parameter !== 'string') return parameter;
      return text === '' ? null : text;
    },
  };
}

function mailboxIn({ mailbox }: JsonObject): JsonObject {
  return isJsonObject(mailbox) ? mailbox : {};
}

function folderIn(envelope: JsonObject): string {
  const { path } = mailboxIn(envelope);
  return Array.isArray(path) ? path.join('/') : '';
}

function titleOf({ event, class: requestClass, user, coalesced }: Notification): string {
  const more = coalesced === undefined ? '' : ` (${coalesced.count} events)`;
  const whose = `${user === '' ? '' : ` for ${user}`}${more}`;
  if (event === undefined) return oneLine(`${requestClass} notification${whose}`);
  return oneLine(newMail.has(event) ? `New mail${whose}` : `${event}${whose}`);
}

/** Of a mail whom it is from and its subject; of another event its mailbox; of another request its message. */
function textOf(notification: Notification, { fromName, subject }: MailSummary, folder: string): string {
  const { event, message, payload } = notification;
  // Some services refuse an empty text.
  if (event === undefined) return message.trim() === '' ? titleOf(notification) : message;
  const place = folder === '' || folder === 'INBOX' ? '' : ` (${folder})`;
  if (!newMail.has(event)) return oneLine(folder === '' ? event : `${event} in ${folder}`);
  if (subject === '' && fromName === '' && !saysSubject(payload)) return oneLine(`new message${place}`);
  const what = subject === '' ? 'no subject' : subject;
  return oneLine(fromName === '' ? `${what}${place}` : `${fromName}: ${what}${place}`);
}

/** Cyrus and Dovecot say it only where they are asked for it, and NAME_content takes it out. */
function saysSubject(payload: JsonObject): boolean {
  return ['vnd.cmu.envelope', 'vnd.dovecot.subject'].some((name) => typeof payload[name] === 'string');
}
