/** `belfry send`: sends requests by hand, with the flags of Cyrus' notifytest. */
import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { BelfryError, ifPossible } from '../base/error.ts';
import type { Request } from '../base/request.ts';
import { configurationFlag, loadOrThrow } from './configuration-file.ts';
import type { CommandIo } from './io.ts';
import type { Source } from './send-requests.ts';

interface SendFlags {
  readonly file?: string;
  readonly config?: string;
  readonly text?: string;
  readonly event?: string;
  readonly raw?: string;
  readonly method?: string;
  readonly class?: string;
  readonly priority?: string;
  readonly user?: string;
  readonly mailbox?: string;
  readonly repeat: number;
  readonly rate?: number;
}

export function addSend(program: Command, io: CommandIo): void {
  program
    .command('send')
    .summary('send requests, as a mail server does')
    .description(
      'Sends requests to a socket: a message (-t), events (--event), or a captured request (--raw). Datagrams have no ' +
        'answer; see the log of belfry. Over a stream (dlist:PATH) belfry answers each request when it is ' +
        'in the spool, and this command prints its id; an answer other than OK ends the command.',
    )
    .argument('[option...]', 'options of the request, as a Sieve script gives them to a method')
    .option(
      '-f, --file <socket>',
      'path of the socket, @ and an abstract name, or dlist: and the path of a stream (default: the first notifysocket)',
    )
    .option(...configurationFlag)
    .addOption(new Option('-t, --text <message>', 'the message to send').conflicts(['event', 'raw']))
    .addOption(
      new Option(
        '--event <file>',
        'send events: a JSON object, an array of them, or one on each line; - is standard input',
      ).conflicts('raw'),
    )
    .option(
      '--raw <file>',
      'send a captured request byte for byte, or converted if it is for the other kind of socket; - is standard input',
    )
    .option('-n, --method <name>', 'notifier or method (default: none)')
    .option('-c, --class <class>', 'class of the request (default: MESSAGE with -t, EVENT with --event)')
    .option('-p, --priority <priority>', 'priority (default: normal with -t)')
    .option('-u, --user <user>', 'user (default: you, with -t)')
    .option('-m, --mailbox <mailbox>', 'mailbox (default: none)')
    .option('--repeat <times>', 'send everything this many times', positiveInteger, 1)
    .option('--rate <number>', 'requests per second (default: as fast as possible)', positiveNumber)
    .action(async (options: readonly string[], flags: SendFlags) => {
      const { repeat, rate } = flags;
      const source = sourceOf(flags, options);
      const socket = await socketOf(flags);
      const { sendRequests } = await import('./send-requests.ts');
      const defaultUser = ifPossible(() => userInfo().username) ?? '';
      await sendRequests({ socket, source, repeat, defaultUser, ...(rate === undefined ? {} : { rate }) }, io);
    });
}

/** The socket that is named, or the first one of the configuration. Throws BelfryError USAGE, CONFIGURATION. */
async function socketOf({ file, config }: SendFlags): Promise<string> {
  if (file !== undefined) {
    if (!/^https?:/i.test(file)) return file;
    const remedy = `with curl: curl ${file.replace(/\/$/, '')}/v1/events -H 'Content-Type: application/json' -d @event.json`;
    throw new BelfryError('USAGE', `-f needs the path of a Unix socket; send to an HTTP address ${remedy}`);
  }
  // Its warnings are for `check`.
  const { sockets } = await loadOrThrow(config, () => {});
  const socket = sockets.find(({ transport }) => transport === 'datagram' || transport === 'dlist');
  if (socket === undefined)
    throw new BelfryError('USAGE', 'the configuration has no notifysocket; name a socket with -f');
  return socket.name;
}

function sourceOf(flags: SendFlags, options: readonly string[]): Source {
  const { text, event, raw, method, class: requestClass, priority, user, mailbox } = flags;
  const given = { method, class: requestClass, priority, user, mailbox };
  const fields = Object.entries(given).filter(([, value]) => value !== undefined);
  if (raw !== undefined) {
    if (fields.length > 0 || options.length > 0) {
      throw new BelfryError('USAGE', '--raw sends a request unchanged; omit the other fields and options');
    }
    return { kind: 'raw', file: raw };
  }
  const request: Partial<Request> = { ...Object.fromEntries(fields), options };
  if (event !== undefined) return { kind: 'events', file: event, request };
  if (text !== undefined) return { kind: 'message', message: text, request };
  throw new BelfryError('USAGE', 'nothing to send; use -t MESSAGE, --event FILE or --raw FILE');
}

function positiveInteger(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new InvalidArgumentError('write a whole number from 1 to 999999999.');
  return Number(text);
}

function positiveNumber(text: string): number {
  if (!/^[0-9]+(\.[0-9]+)?$/.test(text) || Number(text) <= 0) throw new InvalidArgumentError('write a number above 0.');
  return Number(text);
}
