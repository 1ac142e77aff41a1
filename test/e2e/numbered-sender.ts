/** A mail server that numbers its events, and remembers of each whether the kernel took it: what a crash must answer for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatagramSender } from '../../src/os/datagram-sender.ts';
import type { Chance } from './chance.ts';

/** `box3/17`: the 17th event of its mailbox. */
export type Key = string;

const mailboxes = 8;

export interface NumberedSender {
  /** Begins another life of the daemon; what is accepted from now on counts for that one. */
  newLife(): void;
  /** What each life's kernel queue has taken, in that order. */
  readonly lives: readonly (readonly Key[])[];
  /** What nobody was there to take. */
  readonly refused: ReadonlySet<Key>;
  accepted(): number;
  /** Sends so many more, none of which may be refused. */
  send(count: number): Promise<void>;
  /** Sends at a modest rate, refused or not, until it is asked to stop; resolves then. */
  keepSending(signal: AbortSignal): Promise<void>;
}

export function numberedSender(socket: string, chance: Chance, padding = 0): NumberedSender {
  const lives: Key[][] = [[]];
  const refused = new Set<Key>();
  const numbers = Array.from({ length: mailboxes }, () => 0);

  /** Each on a socket of its own, as Cyrus does. Answers whether it was taken. */
  async function sendOne(signal?: AbortSignal): Promise<boolean> {
    const box = chance.below(mailboxes);
    const number = (numbers[box] ?? 0) + 1;
    numbers[box] = number;
    const key = `box${box}/${number}`;
    try {
      const sender = openDatagramSender(socket);
      try {
        await sender.send(datagramOf(box, number, padding), signal);
      } finally {
        sender.close();
      }
      lives.at(-1)?.push(key);
      return true;
    } catch (thrown) {
      // The queue is full and nobody reads it: it was not sent.
      if (signal?.aborted) return false;
      if (!(thrown instanceof Error) || !('code' in thrown) || thrown.code !== 'SOCKET_ABSENT') throw thrown;
      refused.add(key);
      return false;
    }
  }

  return {
    newLife: () => {
      lives.push([]);
    },
    lives,
    refused,
    accepted: () => lives.reduce((sum, life) => sum + life.length, 0),
    async send(count) {
      for (let i = 0; i < count; i += 1) {
        if (!(await sendOne())) throw new Error('a request was refused although the daemon is there');
      }
    },
    async keepSending(signal) {
      while (!signal.aborted) {
        let there = true;
        for (let burst = 1 + chance.below(12); burst > 0 && there && !signal.aborted; burst -= 1)
          there = await sendOne(signal);
        // By time: mail comes in bursts.
        await sleep(5 + chance.below(60));
      }
    },
  };
}

/** The frame of Cyrus `notify.c`, written by hand: method, class, priority, user, mailbox, number of options, message. */
export function datagramOf(box: number, number: number, padding: number): Buffer {
  const event = {
    event: 'MessageNew',
    timestamp: '2026-11-21T06:28:56.018Z',
    service: 'lmtp',
    uri: `imap://cyrus.test/user/box${box};UIDVALIDITY=1795242533/;UID=${number}`,
    messageSize: 450,
    user: `box${box}`,
    pid: 20266,
    ...(padding === 0 ? {} : { 'vnd.example.padding': 'x'.repeat(padding) }),
  };
  return Buffer.from(`\0EVENT\0\0\0\x000\0${JSON.stringify(event)}\0`);
}

/** The key in what a notifier was delivered. */
export function keyOf(payload: unknown): Key {
  const uri = typeof payload === 'object' && payload !== null && 'uri' in payload ? String(payload.uri) : '';
  const parts = /\/user\/(box\d+);.*;UID=(\d+)$/.exec(uri);
  if (parts === null) throw new Error(`this is no event of ours: ${JSON.stringify(payload)}`);
  return `${parts[1]}/${parts[2]}`;
}

export const mailboxOf = (key: Key): string => key.slice(0, key.indexOf('/'));
export const numberOf = (key: Key): number => Number(key.slice(key.indexOf('/') + 1));
