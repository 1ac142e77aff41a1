/** A daemon with its web page, a log notifier and a webhook whose receiver does what the test says; and a browser. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { sendRequests } from '../../src/cli/send-requests.ts';
import { freePorts } from '../support/free-ports.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { startLocalServer, textOf } from './local-server.ts';
import { type Defer, makeWorkspace } from './workspace.ts';

/** What Debian's package chromium installs. */
const program = '/usr/bin/chromium';
export const hasBrowser: boolean = existsSync(program);

const flags =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

export async function startBrowser(defer: Defer): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: program, args: flags.split(' ') });
  defer(() => browser.close());
  return browser;
}

export const token = 'a-token-of-thirty-two-characters';

/** How the receiver of the webhook answers: all are refused for the time being, or some for good. */
interface Mood {
  /** Status and text for everything; absent: taken. */
  everything?: readonly [number, string];
  /** For those whose body contains the word. */
  readonly words: Map<string, readonly [number, string]>;
}

export interface PageSite {
  readonly url: string;
  /** The configuration. */
  readonly file: string;
  readonly mood: Mood;
  /** Bodies that the receiver has taken. */
  readonly taken: readonly string[];
  /** Events of this run for `send`. */
  events(count: number, user?: string): readonly object[];
  readonly daemon: Daemon;
  start(): Promise<Daemon>;
  /** Sends events; `rate` a second, or as fast as they are taken. */
  send(events: readonly object[], rate?: number, stop?: AbortSignal): Promise<void>;
}

export async function startPageSite(defer: Defer, more: readonly string[] = []): Promise<PageSite> {
  const directory = await makeWorkspace(defer);
  const mood: Mood = { words: new Map() };
  const taken: string[] = [];
  const { url: crm } = await startLocalServer((request, response) => {
    textOf(request).then(
      (body) => {
        const word = [...mood.words].find(([one]) => body.includes(one));
        const answer = mood.everything ?? word?.[1];
        if (answer === undefined) {
          taken.push(body);
          response.writeHead(204).end();
        } else response.writeHead(answer[0], { 'content-type': 'text/plain; charset=utf-8' }).end(answer[1]);
      },
      () => response.destroy(),
    );
  }, defer);
  const { page } = await freePorts(['page']);
  const socket = join(directory, 'notify');
  const file = join(directory, 'belfry.conf');
  await writeFile(join(directory, 'token'), `${token}\n`, { mode: 0o600 });
  const lines = [
    ...[`configdirectory: ${directory}`, `notifysocket: ${socket}`, 'servername: mail1.example.org'],
    ...['notifiers: archive crm', 'archive_method: log', `archive_log_file: ${join(directory, 'archive.log')}`],
    ...[
      'crm_method: webhook',
      `crm_webhook_url: ${crm}`,
      'crm_webhook_secret: whsec_bm90LXNob3duLXRvLWFueWJvZHktYXQtYWxs',
    ],
    ...[`admin_listen: 127.0.0.1:${page}`, `admin_token_file: ${join(directory, 'token')}`, ...more],
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const start = (): Promise<Daemon> => startDaemon(['serve', '-C', file], defer);
  let batch = 0;
  const uids: Uids = new Map();
  return {
    ...{ url: `http://127.0.0.1:${page}/`, file, mood, taken, start, daemon: await start() },
    events: (count, user) => ordinaryEvents(count, uids, user),
    async send(events, rate, stop) {
      const events_ = join(directory, `events-${batch++}.json`);
      await writeFile(events_, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
      const source = { kind: 'events', file: events_, request: {} } as const;
      const options = { socket, source, repeat: 1, defaultUser: 'somebody', ...(rate === undefined ? {} : { rate }) };
      await sendRequests(options, { out: () => {}, err: () => {} }, stop);
    },
  };
}

const names = ['MessageNew', 'MessageNew', 'MessageNew', 'MessageAppend'] as const;
const users = ['john', 'jane', 'mary', 'rania', 'li', 'amara'] as const;
const mailboxes = ['', '/Work', '/Archive/2026', '/Sent'] as const;

/** The last UID of each mailbox: a gap would be a suspected loss. */
type Uids = Map<string, number>;

/** Events of a few users, as Cyrus writes them. */
function ordinaryEvents(count: number, uids: Uids, user?: string): readonly object[] {
  return Array.from({ length: count }, (_, index) => {
    const owner = user ?? users[(index * 7) % users.length] ?? 'john';
    const mailbox = `user/${owner}${mailboxes[(index * 5) % mailboxes.length] ?? ''}`;
    const uid = (uids.get(mailbox) ?? 0) + 1;
    uids.set(mailbox, uid);
    return {
      event: names[index % names.length],
      user: owner,
      uri: `imap://mail1.example.org/${mailbox};UIDVALIDITY=1795242541/;UID=${uid}`,
      ...{ messageSize: 1170 + index, service: 'lmtp', serverDomain: 'mail1.example.org' },
    };
  });
}
