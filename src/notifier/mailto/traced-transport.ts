/** Reports the mails of a test and the dialogue with the SMTP server, and marks each mail with a header. */
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { TestRun } from '../test-run.ts';
import type { Transport } from './transport.ts';

export function tracedTransport(transport: Transport, test: TestRun | undefined): Transport {
  if (test === undefined) return transport;
  const { lineEnd } = transport;
  return {
    lineEnd,
    send: (mail, signal, extend) => {
      const text = `X-Belfry-Test: yes${lineEnd === 'lf' ? '\n' : '\r\n'}${mail.text}`;
      test.trace('note', `from <${mail.sender}> to ${mail.recipients.join(' ')}`);
      test.trace('sent', text.replaceAll('\r\n', '\n').trimEnd());
      return transport.send({ ...mail, text }, signal, extend);
    },
    close: () => transport.close(),
  };
}

/** Options of a connection that reports its lines. The library leaves out passwords. */
export function tracedBy(test: TestRun | undefined): Pick<SMTPConnection.Options, 'logger' | 'transactionLog'> {
  if (test === undefined) return {};
  const note = (entry: unknown, text?: unknown): void => {
    const tnx = typeof entry === 'object' && entry !== null && 'tnx' in entry ? entry.tnx : undefined;
    if (typeof text !== 'string' || (tnx !== 'client' && tnx !== 'server')) return;
    test.trace(tnx === 'client' ? 'sent' : 'received', text.trimEnd());
  };
  const silent = (): void => {};
  const logger = {
    level: silent,
    trace: silent,
    debug: note,
    info: silent,
    warn: silent,
    error: silent,
    fatal: silent,
  };
  return { logger, transactionLog: true };
}
