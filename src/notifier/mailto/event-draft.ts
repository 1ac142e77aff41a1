/** The mail of everything that is no Sieve notification: recipients, subject and body are the administrator's. */
import { shownCoalesced } from '../../base/coalesced.ts';
import type { Notification } from '../notifier.ts';
import { parseTemplate, type Template } from '../template/template.ts';
import { templateValues } from '../template/values.ts';
import type { Mailbox } from './address.ts';
import { automaticBecause, isFromSelf, isOwnMail, isOwnMessageId, messageIdIn } from './automatic-mail.ts';
import { type Drafted, importanceHeaders } from './draft.ts';
import { decodeWords } from './encoded-words.ts';
import { wordsFor } from './event-words.ts';
import { type Addressing, recipientsOf } from './recipients.ts';

export interface EventSettings {
  readonly from: Mailbox;
  readonly addressing: Addressing;
  readonly subject: Template | undefined;
  readonly body: Template | undefined;
  /** Domain of belfry's own Message-IDs. */
  readonly domain: string;
}

export function draftEventMail(notification: Notification, settings: EventSettings): Drafted {
  const { addressing } = settings;
  const to = recipientsOf(notification, addressing);
  if (!('value' in to)) return to;
  if (isAboutOwnMail(notification, settings)) return { unsent: 'no notification about a notification' };
  const { messageContent: content } = notification.payload;
  const automatic = typeof content === 'string' ? automaticBecause(content, settings.domain) : undefined;
  if (automatic !== undefined) return { unsent: `no notification about this message: ${automatic}` };
  const form = notification.event === undefined ? requestForm : eventForm;
  const lookUp = templateValues(notification, addressing);
  const words = isToUser(addressing) ? wordsFor(notification, addressing.servername) : undefined;
  const body = settings.body?.render(lookUp) ?? `${words?.body ?? form.body.render(lookUp)}${standing(notification)}`;
  return {
    value: {
      from: settings.from,
      to: to.value,
      cc: [],
      subject: decodeWords(settings.subject?.render(lookUp) ?? words?.subject ?? form.subject.render(lookUp)),
      // What a request MAIL reports are headers as they stand in the mail; an event is shown as it is.
      body: notification.event === undefined ? decodeWords(body) : body,
      headers: new Map([['auto-submitted', 'auto-generated'], ...importanceHeaders(notification.priority)]),
    },
  };
}

/** Where it stands for earlier ones. */
function standing({ coalesced }: Notification): string {
  if (coalesced === undefined) return '';
  const { count, firstReceivedAt } = shownCoalesced(coalesced);
  return `\n\nThis is the last of ${count} events since ${firstReceivedAt}.`;
}

/** Whether the mail is for the user whom the event concerns alone, and not for an administrator, who wants to see all of it. */
function isToUser({ to }: Addressing): boolean {
  return to.every(({ names }) => names.includes('user'));
}

/**
 * Whether mails of belfry caused this: the Message-IDs of the messages that it is about, in the event's envelope or midset,
 * are all belfry's own. What else a message mentions, in its subject or in In-Reply-To, says nothing. A request MAIL reports
 * no Message-ID, so there the sender decides, and so it does in an event of Dovecot, whose OX driver reports nothing else that
 * could be recognised. Any other event that carries none of these cannot be.
 */
function isAboutOwnMail(
  { class: requestClass, message, payload }: Notification,
  { from, domain }: EventSettings,
): boolean {
  if (requestClass.toUpperCase() === 'MAIL') {
    return message.split('\n').some((line) => /^From:/i.test(line) && isFromSelf(line.slice('From:'.length), from));
  }
  const {
    'vnd.cmu.envelope': envelope,
    'vnd.cmu.midset': midset,
    'vnd.dovecot.from': sender,
    messageContent,
  } = payload;
  const ids = Array.isArray(midset) ? midset.filter((id) => typeof id === 'string' && id !== 'NIL' && id !== '') : [];
  const inEnvelope = typeof envelope === 'string' ? messageIdIn(envelope) : undefined;
  if (inEnvelope !== undefined) ids.push(inEnvelope);
  if (ids.length > 0) return ids.every((id) => typeof id === 'string' && isOwnMessageId(id, domain));
  if (typeof sender === 'string' && isFromSelf(sender, from)) return true;
  return typeof messageContent === 'string' && isOwnMail(messageContent, domain);
}

const eventForm = { subject: builtIn('[{event}] {user} {mailbox}'), body: builtIn('{event}\\n\\n{parameters}') };
const requestForm = { subject: builtIn('[{class}] New mail notification'), body: builtIn('{message}') };

function builtIn(written: string): Template {
  const template = parseTemplate(written);
  if ('wrong' in template) throw new Error(`a built-in template is wrong: ${template.wrong}`);
  return template.value;
}
