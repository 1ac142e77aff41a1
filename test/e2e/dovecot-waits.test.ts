/** How long the users of a real Dovecot wait for belfry while its notifiers hang: this measures. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../support/until.ts';
import { dovecot23 } from './dovecot.ts';
import { journalOf, makeSite, titleOf, untilAllDelivered } from './dovecot-site.ts';
import { deliver } from './lmtp.ts';
import { startLocalServer, textOf } from './local-server.ts';
import { quantile, round } from './quantile.ts';
import { printTable } from './table.ts';

describe.skipIf(dovecot23.missing !== undefined)(titleOf(dovecot23), () => {
  test('a delivery waits no longer when every notifier hangs, and nothing is lost', async () => {
    let hangs = true;
    const bodies: string[] = [];
    const held: (() => void)[] = [];
    const { url } = await startLocalServer((request, response) => {
      textOf(request).then(
        (body) => {
          const take = (): void => {
            bodies.push(body);
            response.writeHead(204).end();
          };
          if (hangs) held.push(take);
          else take();
        },
        () => response.destroy(),
      );
    }, onTestFinished);
    const hook = (name: string, events: string): readonly string[] => [
      `${name}_method: webhook`,
      `${name}_webhook_url: ${url}?${name}`,
      `${name}_attempt_timeout: 60s`,
      `${name}_events: ${events}`,
      `${name}_order: none`,
    ];
    const idle = await makeSite(['lua', 'ox'], {
      notifiers: 'one two',
      lines: [...hook('one', 'Login'), ...hook('two', 'Login')],
    });
    const hanging = await makeSite(['lua', 'ox'], {
      notifiers: 'one two',
      lines: [...hook('one', 'MessageNew'), ...hook('two', 'MessageNew')],
    });
    const waits = { idle: [] as number[], hanging: [] as number[] };
    const deliveries = 60;
    for (let n = 0; n < deliveries; n++) {
      // In turns, and each first as often as the other: what else the machine does strikes both.
      const order = n % 2 === 0 ? (['idle', 'hanging'] as const) : (['hanging', 'idle'] as const);
      for (const which of order) {
        const { lmtpPort } = (which === 'idle' ? idle : hanging).dovecot;
        waits[which].push(await deliver(lmtpPort, ['alice'], `number ${n}`));
      }
    }
    await until('both notifiers to hang', () => held.length > 1);
    printTable(`LMTP, from the mail to the reply: ${deliveries} deliveries each, in turns (ms)`, [
      ['notifiers', 'median', 'p90', 'longest'],
      ...Object.entries(waits).map(([name, list]) => [
        name,
        ...[0.5, 0.9, 1].map((part) => round(quantile(list, part))),
      ]),
    ]);
    expect(quantile(waits.hanging, 0.5)).toBeLessThan(1.5 * quantile(waits.idle, 0.5) + 5);

    hangs = false;
    for (const take of held) take();
    await untilAllDelivered(hanging);
    const subjects = bodies.map((body) => String(JSON.parse(body)['vnd.dovecot.subject']));
    const all = Array.from({ length: deliveries }, (_, n) => `number ${n}`);
    expect(new Set(subjects)).toEqual(new Set(all));
    expect(subjects).toHaveLength(2 * deliveries);
    const journal = (await journalOf(hanging)).filter(({ event }) => event === 'MessageNew');
    expect(journal.map((event) => event['vnd.dovecot.subject']).sort()).toEqual([...all].sort());
  });
});
