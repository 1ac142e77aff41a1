/**
 * A real Prometheus scrapes a real daemon that receives, delivers, filters, fails and pauses: every query of the dashboard
 * answers with data, promtool finds nothing to say about the metrics, and the alerts are accepted and stay silent or fire.
 */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sendRequests } from '../../src/cli/send-requests.ts';
import { freePorts } from '../support/free-ports.ts';
import { until } from '../support/until.ts';
import { needing, startServer } from './brokers/server.ts';
import { startLocalServer } from './local-server.ts';
import { makePlace, sendText, serve } from './place.ts';
import { runProgram } from './run-program.ts';
import { makeWorkspace, root } from './workspace.ts';

const { skipped, title } = needing('Prometheus', 'prometheus');
const alerts = join(root, 'config/prometheus/belfry-alerts.yml');
const dashboardFile = join(root, 'config/grafana/belfry.json');

/** An event that is none. */
const unusable = { kind: 'message', message: '{', request: { class: 'EVENT' } } as const;

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}
const dashboard: { readonly panels: readonly Panel[] } = JSON.parse(readFileSync(dashboardFile, 'utf8'));

async function getText(url: string): Promise<string> {
  const { statusCode, body } = await request(url);
  const text = await body.text();
  expect({ url, statusCode, text: statusCode === 200 ? '' : text }).toEqual({ url, statusCode: 200, text: '' });
  return text;
}

async function startPrometheus(port: string, target: string): Promise<string> {
  const directory = await makeWorkspace(onTestFinished);
  const configuration = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [alerts],
    scrape_configs: [{ job_name: 'belfry', static_configs: [{ targets: [target] }] }],
  };
  // JSON is YAML.
  await writeFile(join(directory, 'prometheus.yml'), JSON.stringify(configuration));
  const url = `http://127.0.0.1:${port}`;
  const words = [
    `--config.file=${join(directory, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const answers = async (): Promise<boolean> => (await request(`${url}/-/ready`)).statusCode === 200;
  await startServer({ program: 'prometheus', words, cwd: directory, answers }, onTestFinished);
  return url;
}

/** A receiver that takes most, refuses some for good, fails now and then, and once asks for a pause. */
async function startReceiver(): Promise<string> {
  let count = 0;
  const { url } = await startLocalServer((message, response) => {
    message.resume();
    count += 1;
    if (count === 30) response.writeHead(429, { 'retry-after': '1' }).end();
    else response.writeHead(count % 7 === 0 ? 422 : count % 5 === 0 ? 500 : 204).end();
  }, onTestFinished);
  return url;
}

describe.skipIf(skipped)(title, () => {
  test('scrapes a daemon under load, and every query of the dashboard has data', async () => {
    const ports = await freePorts(['metrics', 'prometheus', 'http']);
    const target = `127.0.0.1:${ports.metrics}`;
    const at = await makePlace(
      [
        ...[`metrics_listen: ${target}`, `http_listen: 127.0.0.1:${ports.http}`, 'retry_schedule: 1s 1s'],
        ...['crm_method: webhook', `crm_webhook_url: ${await startReceiver()}`, 'journal_events: MessageNew'],
      ],
      'journal crm',
    );
    await serve(at);
    const prometheus = await startPrometheus(ports.prometheus, target);

    let sent = 0;
    let isOver = false;
    const load = (async () => {
      while (!isOver) {
        sent += 1;
        const common = { timestamp: '2026-11-30T10:00:00Z', service: 'imap', user: `u${sent % 5}` };
        const uri = `imap://u${sent % 5}@imap.example.org/INBOX;UIDVALIDITY=7`;
        const arrived = { event: 'MessageNew', ...common, uri: `${uri}/;UID=${sent}`, messages: 1 };
        const { body } = await request(`http://127.0.0.1:${ports.http}/events`, {
          ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
          body: JSON.stringify(arrived),
        });
        await body.dump();
        await sendRequests(
          { socket: at.socket, source: unusable, repeat: 1, defaultUser: 'u' },
          { out() {}, err() {} },
        );
        await sendText(at, 'a message');
      }
    })();
    try {
      const queries = dashboard.panels.flatMap(({ title: panel, targets = [] }) =>
        targets.map(({ expr }) => ({
          panel,
          query: expr.replaceAll('$__rate_interval', '30s').replaceAll('$instance', '.*'),
        })),
      );
      expect(queries.length).toBeGreaterThan(40);
      let without: readonly string[] = [];
      await until(
        'data for every query',
        async () => {
          without = [];
          for (const { panel, query } of queries) {
            const text = await getText(`${prometheus}/api/v1/query?query=${encodeURIComponent(query)}`);
            const { status, data } = JSON.parse(text);
            expect(status).toBe('success');
            const numbers: readonly string[] = data.result.map(({ value }: { value: [number, string] }) => value[1]);
            if (numbers.every((number) => number === 'NaN')) without = [...without, `${panel}: ${query}`];
          }
          return without.length === 0;
        },
        { seen: () => without.join('\n') },
      );
      const rules = JSON.parse(await getText(`${prometheus}/api/v1/rules`));
      const health = rules.data.groups.flatMap(({ rules: all }: { rules: { name: string; health: string }[] }) =>
        all.filter((rule) => rule.health !== 'ok').map(({ name }) => name),
      );
      expect(health).toEqual([]);
    } finally {
      isOver = true;
      await load;
    }
    expect(JSON.parse(await getText(`http://${target}/healthz`))).toMatchObject({ alive: true });
    expect(JSON.parse(await getText(`http://${target}/readyz`))).toMatchObject({ ready: true });
    const metrics = await getText(`http://${target}/metrics`);
    const linted = await runProgram('promtool', ['check', 'metrics'], { input: metrics });
    expect(linted).toEqual({ status: 0, stdout: '', stderr: '' });
    const declared = readFileSync(join(root, 'docs/reference/metrics.md'), 'utf8');
    for (const [, name = ''] of metrics.matchAll(/^# TYPE (\S+)/gm)) expect(declared).toContain(`\`${name}\``);
  });

  test('the alert rules do what their tests say', async () => {
    const cwd = join(root, 'config/prometheus');
    expect(await runProgram('promtool', ['test', 'rules', 'belfry-alerts.test.yml'], { cwd })).toMatchObject({
      status: 0,
    });
  });
});
