/** Opens the way by which the mails of a notifier leave: the sendmail program, or an SMTP server with all that its options name. */
import { BelfryError, messageOf } from '../../base/error.ts';
import type { OptionValues } from '../../option/option.ts';
import { readRegularFile } from '../../os/regular-file.ts';
import type { Services } from '../notifier.ts';
import { whyNotExecutable } from '../program/program-outcome.ts';
import { readSecret } from '../secret.ts';
import type { mailtoOptions } from './options.ts';
import { openSendmail } from './sendmail.ts';
import { openSmtp } from './smtp.ts';
import type { Transport } from './transport.ts';

type Values = OptionValues<typeof mailtoOptions>;

/** How an option of this notifier is written. */
export function optionOf(option: string, { name }: Services): string {
  return name === 'mailto' ? `mailto_${option}` : `${name}_mailto_${option}`;
}

/** `domain`: with which name to greet. Throws BelfryError NOTIFIER_OPEN. */
export async function openTransport(values: Values, services: Services, domain: string): Promise<Transport> {
  const { smtp_host: host, smtp_user: user } = values;
  if (host === undefined) {
    const reason = values.to && (await whyNotExecutable(values.sendmail));
    if (reason !== undefined) {
      services.log.warn({ notifier: services.name, reason }, 'cannot run the sendmail program');
    }
    return openSendmail(values.sendmail, services.attemptTimeoutMs);
  }
  const password = readSecret(values, 'smtp_password', services);
  return openSmtp({
    host,
    port: values.smtp_port ?? (values.smtp_tls === 'implicit' ? 465 : 25),
    tls: values.smtp_tls,
    tlsOption: optionOf('smtp_tls', services),
    ca: values.smtp_ca === undefined ? undefined : readPem('smtp_ca', values.smtp_ca, services),
    identity: await identityOf(values, services),
    login: user === undefined || password === undefined ? undefined : { user, password },
    name: domain,
    attemptTimeoutMs: services.attemptTimeoutMs,
    answerTimeoutMs: values.smtp_answer_timeout,
    test: services.test,
    warn: (reason) => services.log.warn({ notifier: services.name, reason }, 'the mail server refused some recipients'),
  });
}

/** The client certificate with its key; what does not fit together is refused here, not at each attempt. */
async function identityOf(
  { smtp_client_certificate: certificate, smtp_client_key: keyFile }: Values,
  services: Services,
): Promise<{ readonly cert: string; readonly key: string } | undefined> {
  if (certificate === undefined || keyFile === undefined) return undefined;
  const cert = readPem('smtp_client_certificate', certificate, services);
  const key = readPem('smtp_client_key', keyFile, services);
  const { createSecureContext } = await import('node:tls');
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw cannotOpen(
      services,
      `mailto_smtp_client_key: ${keyFile} is not the key of ${certificate}: ${messageOf(error)}`,
    );
  }
  return { cert, key };
}

function readPem(option: string, file: string, services: Services): string {
  try {
    return readRegularFile(file).toString('utf8');
  } catch (error) {
    throw cannotOpen(services, `mailto_${option}: ${messageOf(error)}`);
  }
}

export function cannotOpen({ name }: Services, message: string): BelfryError {
  return new BelfryError('NOTIFIER_OPEN', `notifier ${name}: ${message}`);
}
