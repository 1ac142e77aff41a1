/** The SMTP server of a mailto notifier, for a check that greets it and sends no mail. */
import type { OptionValues } from '../../option/option.ts';
import type { ReceiverAddress } from '../receiver-address.ts';
import type { mailtoOptions } from './options.ts';

type Values = OptionValues<typeof mailtoOptions>;

/** None where mail goes to the sendmail program. */
export function smtpAddresses(values: Values): readonly ReceiverAddress[] {
  const { smtp_host: host, smtp_tls: mode } = values;
  if (host === undefined) return [];
  const port = values.smtp_port ?? (mode === 'implicit' ? 465 : 25);
  const tls = {
    servername: host,
    caOption: 'mailto_smtp_ca',
    ca: values.smtp_ca,
    certificate: values.smtp_client_certificate,
    key: values.smtp_client_key,
  };
  return [
    {
      name: `SMTP server ${host}:${port}`,
      at: { host, port },
      transport: 'stream',
      option: 'mailto_smtp_host',
      ...(mode === 'implicit' ? { tls } : {}),
      asks: { protocol: 'smtp', name: 'localhost', ...(mode === 'starttls' ? { startTls: tls } : {}) },
    },
  ];
}
