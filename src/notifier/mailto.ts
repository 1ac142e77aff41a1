/** Method mailto: a mail for each notification, given to the sendmail program or to an SMTP server. */
import { join } from 'node:path';
import { printable } from '../base/printable.ts';
import type { OptionValues } from '../option/option.ts';
import { messageIdOf } from './mailto/automatic-mail.ts';
import { checkMailto, domainOf, fromPostmaster } from './mailto/check.ts';
import { loadComposer } from './mailto/compose.ts';
import { type Draft, outcomeWithout } from './mailto/draft.ts';
import { draftEventMail, type EventSettings } from './mailto/event-draft.ts';
import { type Limiter, openLimiter, type Summarise } from './mailto/limiter.ts';
import { needOfMap, openMap } from './mailto/open-map.ts';
import { cannotOpen, openTransport, optionOf } from './mailto/open-transport.ts';
import { mailtoOptions } from './mailto/options.ts';
import { recipientsOf } from './mailto/recipients.ts';
import { SentByScript } from './mailto/sent-by-script.ts';
import { draftSieveMail, noRecipient } from './mailto/sieve-draft.ts';
import { smtpAddresses } from './mailto/smtp-addresses.ts';
import { draftSummary, idOfSummary } from './mailto/summary-draft.ts';
import { tracedTransport } from './mailto/traced-transport.ts';
import type { Transport } from './mailto/transport.ts';
import {
  type Delivery,
  defineMethod,
  type Extend,
  type FileNeed,
  type Notification,
  type Outcome,
  type Services,
  single,
} from './notifier.ts';
import { namesOf } from './template/names.ts';

type Values = OptionValues<typeof mailtoOptions>;

/**
 * One mail for each notification, with a Message-ID made of the notification's id: a mail that is sent twice can be
 * distinguished from two mails.
 */
export const mailto = defineMethod({
  name: 'mailto',
  summary: 'Sends a mail for each notification. A Sieve notification goes to the recipient in the script.',
  options: mailtoOptions,
  attemptTimeout: {
    default: '1m',
    description:
      'It limits the run of the sendmail program, or the sending of the mail over SMTP. For its answer to the whole mail, an SMTP server has `mailto_smtp_answer_timeout` in addition.',
    former: 'timeout',
  },
  unfit: (values) => (notification) => {
    if (!isSieve(notification)) return undefined;
    const detail = noRecipient(notification, values.to !== undefined);
    return detail === undefined ? undefined : { option: 'sieve_notifiers', detail: printable(detail, 500) };
  },
  check: checkMailto,
  files: filesOf,
  addresses: smtpAddresses,
  templates: (values) => namesOf(values, 'to', 'subject', 'body'),
  open: async (values, services) => {
    const context = { ...services, builtIn: false, classes: undefined };
    const fault = checkMailto(values, context).find(({ severity }) => severity === 'error');
    if (fault) throw cannotOpen(services, `${fault.option}: ${fault.message}: ${fault.remedy}`);
    const domain = domainOf(services.servername);
    const eventSettings: EventSettings = {
      from: values.sender ?? fromPostmaster('Mail Notification', services),
      addressing: {
        to: values.to ?? [],
        options: { to: optionOf('to', services), map: optionOf('map', services) },
        map: openMap(values.map, services),
        domain: values.domain,
        notifier: services.name,
        servername: services.servername,
      },
      subject: values.subject,
      body: values.body,
      domain,
    };
    const sieveFrom = values.sender ?? fromPostmaster('Mail Sieve Subsystem', services);
    const compose = await loadComposer();
    const transport = tracedTransport(await openTransport(values, services, domain), services.test);

    const limiter = limiterOf(values, services, transport, async (held) => {
      const draft = draftSummary(held, eventSettings.from, optionOf('limit', services));
      const messageId = messageIdOf(idOfSummary(held), services.name, domain);
      const text = await compose(draft, { messageId, dateMs: services.now() }, transport.lineEnd);
      return { id: messageId, sender: '', recipients: draft.to, text };
    });

    const sentByScript = new SentByScript();
    /** The mail goes to the recipients that are within their limit. */
    async function sendDraft(
      draft: Draft,
      id: string,
      of: Sent,
      signal: AbortSignal,
      extend?: Extend,
    ): Promise<Outcome> {
      const messageId = messageIdOf(id, services.name, domain);
      const mail = {
        id: messageId,
        sender: of.sender,
        recipients: [...draft.to, ...draft.cc],
        text: await compose(draft, { messageId, dateMs: services.now() }, transport.lineEnd),
      };
      // Reading the staged message may have taken too long: the attempt is over.
      if (signal.aborted) return { status: 'retry', reason: 'not sent, because the attempt was aborted first' };
      if (limiter === undefined) return await transport.send(mail, signal, extend);
      return await limiter.send(mail, of.user, signal, extend);
    }

    async function sendSieve(notification: Notification, signal: AbortSignal, extend?: Extend): Promise<Outcome> {
      if (sentByScript.has(notification)) {
        return { status: 'delivered', detail: 'not sent: the same script has sent the same notification already' };
      }
      const drafted = await draftSieveMail(notification, {
        from: sieveFrom,
        fallback: () => recipientsOf(notification, eventSettings.addressing),
        domain,
        version: services.version,
      });
      if (!('value' in drafted)) return outcomeWithout(drafted);
      const of = { sender: '', user: notification.user };
      const outcome = await sendDraft(drafted.value, notification.id, of, signal, extend);
      if (outcome.status === 'delivered') sentByScript.add(notification);
      return outcome;
    }

    async function sendOne({ notification }: Delivery, signal: AbortSignal, extend?: Extend): Promise<Outcome> {
      if (signal.aborted) return { status: 'retry', reason: 'not started because the daemon stops' };
      if (isSieve(notification)) return await sendSieve(notification, signal, extend);
      const drafted = draftEventMail(notification, eventSettings);
      if (!('value' in drafted)) return outcomeWithout(drafted);
      const of = { sender: values.envelope_from, user: undefined };
      return await sendDraft(drafted.value, notification.id, of, signal, extend);
    }

    const close = async (): Promise<void> => {
      await limiter?.close();
      await transport.close();
    };
    const { digest } = values;
    if (digest === undefined) return single(sendOne, close);
    const { digestNotifier } = await import('./mailto/digest-notifier.ts');
    return digestNotifier(digest, {
      draft: (notification) => draftEventMail(notification, eventSettings),
      send: (draft, id, signal, extend) =>
        sendDraft(draft, id, { sender: values.envelope_from, user: undefined }, signal, extend),
      sendOne,
      isSingle: isSieve,
      close,
    });
  },
});

/** Whom a mail comes from. */
interface Sent {
  /** Of the envelope. */
  readonly sender: string;
  /** Whose Sieve script asked for it. */
  readonly user: string | undefined;
}

function filesOf(values: Values): readonly FileNeed[] {
  const { smtp_host: host, smtp_ca: ca, smtp_client_certificate: certificate, smtp_client_key: key, sendmail } = values;
  const map = needOfMap(values.map);
  if (host === undefined) return [...map, { option: 'sendmail', path: sendmail, use: 'program' }];
  const need = (option: string, path: string | undefined, use: FileNeed['use']): readonly FileNeed[] =>
    path === undefined ? [] : [{ option, path, use }];
  return [
    ...map,
    ...need('smtp_ca', ca, 'certificates'),
    ...need('smtp_client_certificate', certificate, 'certificates'),
    ...need('smtp_client_key', key, 'key'),
  ];
}

/** Undefined without mailto_limit. */
function limiterOf(
  { limit }: Values,
  services: Services,
  transport: Transport,
  summarise: Summarise,
): Limiter | undefined {
  if (limit === undefined) return undefined;
  const { name, directory, log, now } = services;
  return openLimiter({
    rate: limit,
    option: optionOf('limit', services),
    file: join(directory, `mailto-limit-${name}`),
    log,
    now,
    attemptTimeoutMs: services.attemptTimeoutMs,
    send: (mail, signal, extend) => transport.send(mail, signal, extend),
    summarise,
  });
}

/** Compared as the routing does it: whatever was held to the rules of Sieve there is held to them here. */
function isSieve({ class: requestClass }: Notification): boolean {
  return requestClass.toUpperCase() === 'SIEVE';
}
