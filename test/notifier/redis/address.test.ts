/** Addresses of Redis servers: what they mean, and that no message repeats a password. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRedisAddress } from '../../../src/notifier/redis/address.ts';

describe('the address of a Redis server', () => {
  it.each([
    ['redis://127.0.0.1', 'redis://127.0.0.1:6379', { host: '127.0.0.1', port: 6379 }, false],
    ['rediss://redis.example.org:80/', 'rediss://redis.example.org:80', { host: 'redis.example.org', port: 80 }, true],
    ['REDIS://[::1]:7000', 'redis://[::1]:7000', { host: '::1', port: 7000 }, false],
    ['unix:/run/redis/redis.sock', 'unix:/run/redis/redis.sock', { path: '/run/redis/redis.sock' }, false],
    ['unix:///run/redis.sock', 'unix:/run/redis.sock', { path: '/run/redis.sock' }, false],
  ])('%s', (written, name, connection, encrypts) => {
    expect(parseRedisAddress(written)).toEqual({ value: { name, connection, encrypts } });
  });

  it.each([
    ...[
      '',
      'redis.example.org',
      'http://redis.example.org',
      'redis://',
      'redis:///0',
      'redis://h:0',
      'redis://h:65536',
    ],
    ...['redis://h/2', 'redis://h?db=2', 'redis://{user}', 'redis://a b', 'unix:', 'unix:relative', 'unix:/a\0b'],
    'redis://me:hunter2@h',
  ])('%s is none, and is not repeated', (written) => {
    const parsed = parseRedisAddress(written);
    expect('wrong' in parsed && parsed.wrong).toEqual(expect.any(String));
    expect(JSON.stringify(parsed)).not.toContain('hunter2');
  });

  it('answers any text', () => {
    fc.assert(fc.property(fc.string(), (written) => Object.keys(parseRedisAddress(written)).length === 1));
  });
});
