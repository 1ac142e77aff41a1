/** Requests with several notifications against a real receiver: the contract, sizes, times, and what is halved. */
import { setMaxListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import { buildConnector } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { batchedRequests } from '../../../src/notifier/http/http-notifier.ts';
import { openHttpSender } from '../../../src/notifier/http/http-sender.ts';
import type { Delivery, Notifier } from '../../../src/notifier/notifier.ts';
import { unsigned } from '../../../src/notifier/webhook/identity.ts';
import { traceBy } from '../../../src/notifier/webhook/trace.ts';
import { notifierContract } from '../../contract/notifier.ts';
import { eventNotification } from '../samples.ts';
import { idLines, idsIn, type Received, type Receiver, startReceiver } from './http-peer.ts';

const never = new AbortController().signal;
setMaxListeners(0, never);

const started: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

const ordinary = { batch: 50, batch_bytes: 1024 * 1024, batch_delay: 0 };

async function openBatched(
  { origin }: Pick<Receiver, 'origin'>,
  batch = ordinary,
  attemptTimeoutMs = 60_000,
): Promise<Notifier> {
  const connector = buildConnector({ timeout: attemptTimeoutMs });
  const sender = await openHttpSender({ origin, connections: 20, connector });
  const trace = traceBy('passed');
  const context = { receiver: origin, protocol: 'http:', attemptTimeoutMs, now: Date.now };
  return batchedRequests({ format: idLines, identity: unsigned, sender, headers: {}, trace, context }, batch);
}

/** A notifier, and the receiver that it sends to. */
async function pair(
  answer: (response: ServerResponse, got: Received) => void,
  batch = ordinary,
  attemptTimeoutMs?: number,
) {
  const peer = await startReceiver(answer);
  const notifier = await openBatched(peer, batch, attemptTimeoutMs);
  started.push(
    () => peer.stop(),
    () => notifier.close(),
  );
  return { notifier, received: peer.received };
}

function deliveries(count: number, attempt = 1, padding = 0): readonly Delivery[] {
  return Array.from({ length: count }, (_, i) => {
    const notification = eventNotification(`${i}`, { padding: 'x'.repeat(padding) });
    return { notification, attempt, lane: `lane-${i}` };
  });
}

notifierContract('webhook in batches', async () => {
  let answer = (response: ServerResponse): void => {
    response.end('thank you');
  };
  const peer = await startReceiver((response) => answer(response));
  let broken = false;
  return {
    notifier: await openBatched(peer),
    received: () => peer.received.flatMap(idsIn),
    breakPeer: async () => {
      broken = true;
      await peer.stop();
    },
    hangPeer: () => {
      answer = () => {};
    },
    pausePeer: () => {
      answer = (response) => response.writeHead(503, { 'retry-after': '60' }).end();
    },
    dispose: async () => {
      if (!broken) await peer.stop();
    },
  };
});

describe('a request', () => {
  it('holds what a call has, under an id that is the same when it is sent again', async () => {
    const { notifier, received } = await pair((response) => response.end());
    expect(notifier.maxBatch).toBe(50);
    await notifier.notify(deliveries(50), never);
    await notifier.notify(deliveries(50, 2), never);
    await notifier.notify(deliveries(49), never);
    const ids = received.map(({ request }) => String(request.headers['webhook-id']));
    expect(received.map((one) => idsIn(one).length)).toEqual([50, 50, 49]);
    expect(ids[0]).toMatch(/^batch-[0-9a-f]{32}$/);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('has at most so many bytes, unless it holds one notification', async () => {
    const { notifier, received } = await pair((response) => response.end(), { ...ordinary, batch_bytes: 10_000 });
    const outcomes = await notifier.notify([...deliveries(40, 1, 2000), ...deliveries(2, 1, 20_000)], never);
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['delivered']));
    const sizes = received.map((one) => [one.body.length <= 10_000, idsIn(one).length > 1]);
    expect(sizes).not.toContainEqual([false, true]);
    expect(sizes.filter(([small]) => !small)).toHaveLength(2);
    expect(received.flatMap(idsIn).slice(0, 40)).toEqual(deliveries(40).map(({ notification }) => notification.id));
  });

  it('whose answer names ids has delivered the others, though the answer is long', async () => {
    const failed = deliveries(1000).flatMap(({ notification: { id } }, i) => {
      const status = i % 2 === 0 ? 'retry' : 'rejected';
      return i % 10 < 2 ? [{ id, status, reason: 'y'.repeat(300) }] : [];
    });
    const { notifier } = await pair((response) => response.end(JSON.stringify({ failed })), {
      ...ordinary,
      batch: 1000,
    });
    const outcomes = await notifier.notify(deliveries(1000), never);
    const count = (status: string) => outcomes.filter((outcome) => outcome.status === status).length;
    expect([count('delivered'), count('retry'), count('rejected')]).toEqual([800, 100, 100]);
  });

  it('whose answer breaks off where it may have named ids is tried again', async () => {
    const { notifier } = await pair((response) => {
      response.writeHead(200, { 'content-length': '1000', 'content-type': 'application/json' });
      response.write('{"failed":[{"id":"1"}', () => response.destroy());
    });
    const outcomes = await notifier.notify(deliveries(3), never);
    expect(outcomes.map(({ status }) => status)).toEqual(['retry', 'retry', 'retry']);
  });
});

describe('what makes a receiver fail is found', () => {
  const isPoisoned = (got: Received): boolean => idsIn(got).includes('13');

  it.each<[string, (response: ServerResponse) => unknown, 'retry' | 'rejected', number]>([
    ['it refuses it', (response) => response.writeHead(422).end('no 13'), 'rejected', 1],
    ['its program fails', (response) => response.writeHead(500).end('oops'), 'retry', 2],
    ['it closes the connection', (response) => response.destroy(), 'retry', 2],
    ['it never answers', () => {}, 'retry', 2],
  ])('where %s', async (_, fail, status, attempt) => {
    const answer = (response: ServerResponse, got: Received) => {
      if (isPoisoned(got)) fail(response);
      else response.end();
    };
    const { notifier, received } = await pair(answer, ordinary, 300);
    const outcomes = await notifier.notify(deliveries(50, attempt), never, () => {});
    expect(outcomes.flatMap((outcome, i) => (outcome.status === 'delivered' ? [] : [[i, outcome.status]]))).toEqual([
      [13, status],
    ]);
    const taken = received.filter((got) => !isPoisoned(got)).flatMap(idsIn);
    expect(taken.map(Number)).toEqual(Array.from({ length: 50 }, (_, i) => i).filter((i) => i !== 13));
  });

  it('and the daemon can stop meanwhile', async () => {
    const { notifier, received } = await pair((response, got) => (isPoisoned(got) ? undefined : response.end()));
    const stop = new AbortController();
    const settled = notifier.notify(deliveries(50, 2), stop.signal);
    await expect.poll(() => received.length).toBe(1);
    stop.abort('shutdown');
    expect((await settled).map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 'retry'));
    expect(received).toHaveLength(1);
  });
});
