/** What is wrong with the options of method mailto together, and the addresses that they make. */
import { isIP } from 'node:net';
import type { OptionValues } from '../../option/option.ts';
import { error, type OptionProblem, warning } from '../../option/problem.ts';
import type { NotifierContext } from '../notifier-context.ts';
import { type Mailbox, parseAddress, parseDomain, parseMailbox } from './address.ts';
import type { mailtoOptions } from './options.ts';

type Values = OptionValues<typeof mailtoOptions>;

/** Without I/O. What is an error keeps the notifier from being opened. */
export function checkMailto(values: Values, context: NotifierContext): readonly OptionProblem[] {
  const problems: OptionProblem[] = [];
  const fail = (option: string, message: string, remedy: string): void => {
    problems.push({ option, ...error(message, remedy) });
  };
  const warn = (option: string, message: string, remedy: string): void => {
    problems.push({ option, ...warning(message, remedy) });
  };
  if (values.sender === undefined && postmasterOf(context) === undefined) {
    fail(
      'postmaster',
      `"${context.postmaster}" is not a mail address`,
      'write one like postmaster@example.org, or set mailto_sender',
    );
  }
  if (values.digest !== undefined && context.holding !== undefined) {
    const message = `it holds events back until the interval ends, which ${context.holding} contradicts`;
    fail('digest', message, 'remove one of them');
  }
  checkLogin(values, fail);
  checkIdentity(values, fail);
  const { name, builtIn, classes } = context;
  // Sieve brings its own recipient.
  if (values.to === undefined && !builtIn && !classes?.every((word) => word === 'SIEVE')) {
    warn('to', `${name} has no recipient, so that every event becomes a dead letter`, `set ${name}_mailto_to`);
  }
  const isLookedUp = values.to?.some(({ names }) => names.length > 0) === true;
  for (const option of ['map', 'domain'] as const) {
    if (values[option] === undefined || isLookedUp) continue;
    warn(option, 'it has no effect, because no recipient has a name in braces', `set ${name}_mailto_to: {user}`);
  }
  for (const option of ['to', 'subject', 'body'] as const) {
    const templates = [values[option] ?? []].flat();
    if (templates.some((template) => /(?:^|[^0-9%])%[a-z]/i.test(template.render(() => ' ')))) {
      warn(option, 'a % has no meaning here', 'names in braces are filled in, like {user} or {mailbox}');
    }
  }
  return problems;
}

function checkLogin(
  { smtp_host: host, smtp_user: user, smtp_password: own, smtp_password_file: file, smtp_tls: tls }: Values,
  fail: (option: string, message: string, remedy: string) => void,
): void {
  if (host === undefined) return;
  const password = own ?? file;
  if (user !== undefined && password === undefined)
    fail('smtp_user', 'set, but the password is missing', 'set mailto_smtp_password');
  if (user === undefined && password !== undefined) fail('smtp_password', 'it has no user', 'set mailto_smtp_user');
  if (user === undefined || password === undefined) return;
  const isLocal = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  if (isLocal || tls === 'starttls' || tls === 'implicit') return;
  fail('smtp_password', `${host} might get it unencrypted`, 'set mailto_smtp_tls: starttls or implicit');
}

function checkIdentity(
  { smtp_host: host, smtp_client_certificate: certificate, smtp_client_key: key, smtp_tls: tls }: Values,
  fail: (option: string, message: string, remedy: string) => void,
): void {
  if (host === undefined) return;
  if (certificate !== undefined && key === undefined)
    fail('smtp_client_certificate', 'its key is missing', 'set mailto_smtp_client_key');
  if (certificate === undefined && key !== undefined)
    fail('smtp_client_key', 'its certificate is missing', 'set mailto_smtp_client_certificate');
  if (certificate !== undefined && tls === 'off')
    fail('smtp_client_certificate', 'it needs an encrypted connection', 'set mailto_smtp_tls: starttls or implicit');
}

/** What stands after the @ of a Message-ID and of users without a domain. */
export function domainOf(servername: string): string {
  const domain = parseDomain(servername);
  return 'value' in domain ? domain.value : 'localhost';
}

/** Postmaster, whose address Cyrus lets be without a domain, under this name unless it has its own. */
export function fromPostmaster(name: string, context: Pick<NotifierContext, 'postmaster' | 'servername'>): Mailbox {
  const mailbox = postmasterOf(context);
  return { name: mailbox?.name || name, address: mailbox?.address ?? 'postmaster@localhost' };
}

function postmasterOf({
  postmaster,
  servername,
}: Pick<NotifierContext, 'postmaster' | 'servername'>): Mailbox | undefined {
  const whole = parseMailbox(postmaster);
  if ('value' in whole) return whole.value;
  const address = parseAddress(`${postmaster}@${domainOf(servername)}`);
  return 'value' in address ? { name: '', address: address.value } : undefined;
}
