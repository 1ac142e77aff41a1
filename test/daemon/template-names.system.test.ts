/** Names in templates that no notification has: which are warned about, in every method, and that no valid one is. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCheckedConfiguration } from '../../src/daemon/load-configuration.ts';
import { presetNames } from '../../src/notifier/webhook/presets.ts';
import { ownNames } from '../../src/notifier/webhook/template/own-names.ts';
import { loadSchemas } from '../../src/schema/load-schemas.ts';
import { factsOfProblems } from '../config/fixture.ts';
import { scratchDirectory } from '../os/scratch.ts';

const directory = scratchDirectory();

async function problemsOf(...lines: readonly string[]): Promise<readonly string[]> {
  const file = join(directory, 'belfry.conf');
  writeFileSync(file, ['notifiers: n', `configdirectory: ${directory}`, ...lines, ''].join('\n'));
  return factsOfProblems((await loadCheckedConfiguration(file)).problems);
}

interface TemplatePlace {
  readonly option: string;
  /** What its method needs. */
  readonly needed: readonly string[];
  /** A template with these names. */
  readonly written?: (names: readonly string[]) => string;
}

const mailto = ['n_method: mailto', 'n_mailto_to: {user}', 'n_mailto_domain: example.org'];
const amqp = ['n_method: amqp', 'n_amqp_url: amqp://127.0.0.1:5672'];
const webhook = ['n_method: webhook', 'n_webhook_url: http://127.0.0.1:1/hook'];

/** Every option that is a template. */
const places: readonly TemplatePlace[] = [
  { option: 'mailto_subject', needed: mailto },
  { option: 'mailto_body', needed: mailto },
  { option: 'mailto_to', needed: ['n_method: mailto', 'n_mailto_domain: example.org'] },
  { option: 'syslog_message', needed: ['n_method: syslog', 'n_syslog_address: udp://127.0.0.1:514'] },
  { option: 'redis_stream', needed: ['n_method: redis', 'n_redis_url: redis://127.0.0.1:6379'] },
  { option: 'nats_subject', needed: ['n_method: nats', 'n_nats_servers: nats://127.0.0.1:4222'] },
  { option: 'mqtt_topic', needed: ['n_method: mqtt', 'n_mqtt_url: mqtt://127.0.0.1:1883'] },
  { option: 'amqp_exchange', needed: amqp },
  { option: 'amqp_routing_key', needed: amqp },
  { option: 'webhook_path', needed: webhook, written: (names) => `/x${names.join('')}?a=${names.join('')}` },
  { option: 'webhook_headers', needed: webhook, written: (names) => `"X-A: b${names.join(' ')}" "X-B: ${names[0]}"` },
  { option: 'webhook_body', needed: webhook, written: (names) => `{"a": {"b": ["c ${names.join(' ')}"]}}` },
  { option: 'webhook_body', needed: webhook, written: (names) => `{"a": [${names.join(', ')}]}` },
];

describe.each(places)(
  'a template in $option',
  ({ option, needed, written = (names: readonly string[]) => `x${names.join('.')}` }) => {
    const withNames = (names: readonly string[]): Promise<readonly string[]> =>
      problemsOf(...needed, `n_${option}: ${written(names.map((name) => `{${name}}`))}`);
    const line = needed.length + 3;

    it('may name what a notification has: words, parameters of every event, and parts of them', async () => {
      const parameters = (await loadSchemas()).catalogue().flatMap((type) => type.parameters.map(({ name }) => name));
      for (const vendor of ['cmu', 'dovecot']) {
        expect(parameters.some((name) => name.startsWith(`vnd.${vendor}.`))).toBe(true);
      }
      const words = ['user', 'event', 'id', 'mailbox', 'class', 'time', 'servername', 'notifier', 'imip.recipient'];
      const own = option.startsWith('webhook') ? ownNames : [];
      const all = [...new Set([...parameters, ...words, ...own, 'vnd.example.thing'])];
      for (let at = 0; at < all.length; at += 25) expect(await withNames(all.slice(at, at + 25))).toEqual([]);
    });

    it('is warned about a name that no notification has, with the one that is meant', async () => {
      const [first = '', ...others] = await withNames(['vnd.cmu.sesionId', 'user']);
      expect(others).toEqual([]);
      expect(first).toMatch(/\{vnd\.cmu\.sesionId\}.*\{vnd\.cmu\.sessionId\}/);
      expect(first.startsWith(`${line}: warning: n_${option}: `)).toBe(true);
      expect(await withNames(['usr'])).toEqual([expect.stringMatching(/\{usr\}.*\{user\}/)]);
      expect(await withNames(['vnd.cmu.nothingLikeIt', 'fromname'])).toHaveLength(2);
    });
  },
);

it('no preset and no default names what is not there', async () => {
  for (const preset of presetNames) {
    expect([preset, await problemsOf(...webhook, `n_webhook_preset: ${preset}`)]).toEqual([preset, []]);
  }
  for (const { option, needed } of places) {
    if (option !== 'mailto_to') expect([option, await problemsOf(...needed)]).toEqual([option, []]);
  }
});
