/** Rows: events over HTTP, one and a hundred in a request, as fast as 32 connections are answered. */
import { join } from 'node:path';
import { Pool } from 'undici';
import { until } from '../../support/until.ts';
import { unfinished } from '../served.ts';
import { type Bench, defineRow, type Measurement } from './row.ts';
import { processorUs } from './used.ts';

const connections = 32;

const eventOf = (number: number): object => ({
  ...{ event: 'FlagsSet', timestamp: '2015-02-23T14:50:21.858+01:00', service: 'imap' },
  uri: `imap://u${number % 1000}@imap.example.org/INBOX;UIDVALIDITY=1424683682`,
  ...{ modseq: 42, messages: 1, uidnext: 4, uidset: '3', flagNames: '\\Flagged', pid: 7649 },
  ...{ user: `u${number % 1000}`, 'vnd.example.padding': 'x'.repeat(200) },
});

async function measureRequests({ serve, scale }: Bench, requests: number, events: number): Promise<Measurement> {
  const served = await serve((home) => [
    ...['notifiers: none', 'none_method: null', `http_listen: ${join(home, 'http')}`],
  ]);
  const pool = new Pool('http://belfry', { connections, socketPath: join(served.home, 'http') });
  const headers = { 'content-type': 'application/json' };
  const send = async (count: number): Promise<void> => {
    let number = 0;
    const client = async (): Promise<void> => {
      while (number < count) {
        number += 1;
        const all = Array.from({ length: events }, (_, i) => eventOf(number * events + i));
        const body = JSON.stringify(events === 1 ? all[0] : all);
        const answer = await pool.request({ method: 'POST', path: '/v1/events', headers, body });
        await answer.body.dump();
        if (answer.statusCode !== 202) throw new Error(`belfry answered ${answer.statusCode}`);
      }
    };
    await Promise.all(Array.from({ length: connections }, client));
    await until('all to be finished', async () => (await unfinished(served.home, 'none')) === 0);
  };
  const count = requests * scale;
  await send(count / 2);
  const [begun, used] = [performance.now(), await processorUs(served.daemon)];
  await send(count);
  const value = ((await processorUs(served.daemon)) - used) / count / events;
  const perSecond = (count * events * 1000) / (performance.now() - begun);
  await pool.close();
  return { value, perSecond };
}

export const httpSingle = defineRow({
  name: 'http',
  figures: { each: { what: 'HTTP intake, one event in a request', unit: 'us', before: '219', target: 100 } },
  measure: async (bench) => ({ each: await measureRequests(bench, 8000, 1) }),
});

export const httpHundred = defineRow({
  name: 'http-100',
  figures: { each: { what: 'HTTP intake, 100 events in a request', unit: 'us', before: '28', target: 15 } },
  measure: async (bench) => ({ each: await measureRequests(bench, 800, 100) }),
});
