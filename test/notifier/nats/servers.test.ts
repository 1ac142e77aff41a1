/** Addresses of NATS servers: what they mean, and that no message repeats a secret. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNatsServers } from '../../../src/notifier/nats/servers.ts';

describe('the addresses of NATS servers', () => {
  it.each([
    ['nats://127.0.0.1', ['127.0.0.1:4222'], 'nats://127.0.0.1:4222', false],
    ['tls://a:80  TLS://[::1]:5', ['a:80', '[::1]:5'], 'tls://a:80 tls://[::1]:5', true],
  ])('%s', (written, hosts, name, encrypts) => {
    expect(parseNatsServers(written)).toEqual({ value: { hosts, name, encrypts } });
  });

  it.each([
    ...[
      '',
      'a',
      'http://a',
      'nats://',
      'nats://a:0',
      'nats://a:65536',
      'nats://a/x',
      'nats://a tls://b',
      'nats://{user}',
    ],
    ...['nats://me:hunter2@a', 'nats://hunter2@a'],
  ])('%s is none, and is not repeated', (written) => {
    const parsed = parseNatsServers(written);
    expect('wrong' in parsed && parsed.wrong).toEqual(expect.any(String));
    expect(JSON.stringify(parsed)).not.toContain('hunter2');
  });

  it('answers any text', () => {
    fc.assert(fc.property(fc.string(), (written) => Object.keys(parseNatsServers(written)).length === 1));
  });
});
