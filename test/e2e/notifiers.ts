/** A configuration with a notifier of each method that keeps everything it is delivered, and what they have kept. */
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Delivered, deliveredToLog, deliveredToProgram, deliveredToWebhook } from './notification.ts';
import { untilDrained } from './notifier-rows.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { type Defer, root } from './workspace.ts';

/** The three that are delivered whatever names no notifier. */
export const keepingNotifierNames = ['log', 'exec', 'webhook'] as const;
export type KeepingNotifier = (typeof keepingNotifierNames)[number];

interface Mail {
  /** What sendmail was called with. */
  readonly words: readonly string[];
  readonly text: string;
}

export interface KeepingNotifiers {
  /** The configuration file: `notifysocket` and further lines are the caller's. */
  readonly configurationFile: string;
  /** Resolves once no notifier of the daemon has anything waiting or deferred. */
  idle(): Promise<void>;
  /** What each of the three has been delivered so far, in its order. */
  read(): Promise<Readonly<Record<KeepingNotifier, readonly Delivered[]>>>;
  mails(): Promise<readonly Mail[]>;
}

/** `more`: notifiers beside them that `lines` configure, which get the same requests. */
export async function keepingNotifiers(
  directory: string,
  lines: readonly string[],
  defer: Defer,
  more: readonly string[] = [],
): Promise<KeepingNotifiers> {
  const journal = join(directory, 'journal.log');
  const runs = join(directory, 'runs');
  const mail = join(directory, 'mail');
  await mkdir(runs);
  await mkdir(mail);
  for (const program of ['record-mail.sh', 'record-notification.sh']) {
    await copyFile(join(root, 'test', 'e2e', program), join(directory, program));
  }
  const receiver: Receiver = await startReceiver('answer', defer);
  const configurationFile = join(directory, 'belfry.conf');
  const configuration = [
    `configdirectory: ${directory}`,
    'servername: cyrus.test',
    ['notifiers: journal program hook post', ...more].join(' '),
    ['default_notifiers: journal program hook', ...more].join(' '),
    'journal_method: log',
    `journal_log_file: ${journal}`,
    'program_method: exec',
    `program_exec_program: ${join(directory, 'record-notification.sh')} ${runs}`,
    'hook_method: webhook',
    `hook_webhook_url: ${receiver.url}`,
    'post_method: mailto',
    `post_mailto_sendmail: ${join(directory, 'record-mail.sh')}`,
    ...lines,
  ];
  await writeFile(configurationFile, `${configuration.join('\n')}\n`);

  const mailFiles = async (): Promise<readonly string[]> =>
    (await readdir(mail)).filter((name) => !name.startsWith('.'));
  return {
    configurationFile,
    idle: () => untilDrained(join(directory, 'control'), 300_000),
    read: async () => ({
      log: await deliveredToLog(journal),
      exec: await deliveredToProgram(runs),
      webhook: deliveredToWebhook(receiver.requests),
    }),
    mails: async () =>
      Promise.all(
        (await mailFiles()).map(async (name) => {
          const [words = '', ...text] = (await readFile(join(mail, name), 'utf8')).split('\n\n');
          return { words: words.split('\n'), text: text.join('\n\n') };
        }),
      ),
  };
}
