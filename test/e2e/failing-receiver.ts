/** A webhook receiver as bad as receivers are: it fails at random, hangs, breaks off, and is away for a while. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { until } from '../support/until.ts';
import type { Chance } from './chance.ts';
import { startLocalServer, textOf } from './local-server.ts';
import { type Key, keyOf } from './numbered-sender.ts';
import type { Defer } from './workspace.ts';

/** One that it has taken or refused for good. */
interface Taken {
  readonly key: Key;
  readonly id: string;
  /** Which life of the daemon delivered it. */
  readonly life: number;
}

/** `take and break off`: has it, but the daemon cannot know. */
type Mood = 'take' | 'error' | 'hang' | 'break off' | 'take and break off';

export interface FailingReceiver {
  readonly url: string;
  readonly taken: readonly Taken[];
  begun(): number;
  /** Resolves when nothing is left of what a daemon that is dead by now has sent. */
  newLife(): Promise<void>;
  counts(): ReadonlyMap<string, number>;
}

export interface FailingReceiverOptions {
  readonly chance: Chance;
  /** Whether it may take one without saying so, after which a second delivery is right. */
  readonly forgetful: boolean;
  /** Whether it answers 422. */
  readonly isRefused: (key: Key) => boolean;
}

export async function startFailingReceiver(
  { chance, forgetful, isRefused }: FailingReceiverOptions,
  defer: Defer,
): Promise<FailingReceiver> {
  const taken: Taken[] = [];
  const counts = new Map<string, number>();
  const failures: readonly Mood[] = [
    'error',
    'hang',
    'break off',
    ...(forgetful ? (['take and break off'] as const) : []),
  ];
  let [life, begun] = [0, 0];
  /** Requests that the present failure is still to last for. */
  let away = 0;
  let failure: Mood = 'error';

  function mood(): Mood {
    if (away > 0) {
      away -= 1;
      return failure;
    }
    if (chance.oneIn(250)) {
      away = 3 + chance.below(4);
      failure = chance.of(['error', 'break off']);
    }
    return chance.oneIn(40) ? chance.of(failures) : 'take';
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const current = life;
    const key = keyOf(JSON.parse(await textOf(request)));
    const now = mood();
    const refused = isRefused(key) && now === 'take';
    const said = refused ? 'refuse' : now;
    counts.set(said, (counts.get(said) ?? 0) + 1);
    if (now === 'take' || now === 'take and break off') {
      taken.push({ key, id: String(request.headers['webhook-id']), life: current });
    }
    if (now === 'take') response.writeHead(refused ? 422 : 204).end();
    else if (now === 'error') response.writeHead(500).end('not now');
    else if (now !== 'hang') response.destroy();
  }

  const { url, server } = await startLocalServer((request, response) => {
    begun += 1;
    // A daemon that dies in the middle of its request has delivered nothing.
    answer(request, response).catch(() => response.destroy());
  }, defer);
  const connections = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
  });
  return {
    url,
    taken,
    begun: () => begun,
    async newLife() {
      // Connections that the kernel has made, and we have not heard of yet.
      await nextTurn();
      await until('the connections of the dead daemon to end', () => connections.size === 0);
      life += 1;
    },
    counts: () => counts,
  };
}
