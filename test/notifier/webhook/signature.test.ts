import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { formatNames } from '../../../src/notifier/webhook/body-options.ts';
import { isSignedBy, signedBy, signedContent } from '../../../src/notifier/webhook/signature.ts';
import { parseSigningKeys, type SigningKey, writePublicKey } from '../../../src/notifier/webhook/signing-keys.ts';
import { type Wrong, wrongWith } from '../../../src/notifier/webhook/verify.ts';
import { anyNotification } from '../samples.ts';
import { contextOf, openFormat } from './format-context.ts';

function keysOf(written: string, verifies = false): readonly SigningKey[] {
  const keys = parseSigningKeys(written, verifies);
  if ('wrong' in keys) throw new Error(keys.wrong);
  return keys.value;
}

/** The vector of Standard Webhooks for v1, and that of Svix's server for v1a (`test_asymmetric_key_signing`). */
const vector = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', at: 1_614_265_330_000, body: '{"test": 2432232314}' };
const symmetric = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const v1 = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const pair = '6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==';
const seed = Buffer.from(pair, 'base64').subarray(0, 32).toString('base64');
const publicKey = 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=';
const v1a = 'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==';

describe('a signature', () => {
  it.each([
    [symmetric, v1],
    [`whsk_${pair}`, v1a],
    [`whsk_${seed}`, v1a],
    [` whsk_${seed}\n${symmetric} `, `${v1a} ${v1}`],
  ])('by %s is that of the published vector', (keys, signature) => {
    expect(signedBy(keysOf(keys))(vector)).toEqual({
      'webhook-id': vector.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': signature,
    });
  });

  const anySecret = fc
    .uint8Array({ minLength: 24, maxLength: 64 })
    .map((bytes) => Buffer.from(bytes).toString('base64'));

  it('of any notification is verified by the reference implementation, also while keys are replaced', () => {
    const formats = formatNames
      .filter((name) => name !== 'template')
      .map((name) => openFormat(name, contextOf(), false));
    const one = fc.constantFrom(...formats);
    fc.assert(
      fc.property(
        anyNotification(() => '01ab'),
        one,
        anySecret,
        anySecret,
        (notification, format, secret, old) => {
          const request = format.request([notification]);
          if (!('value' in request)) return;
          const { body } = request.value;
          const headers = signedBy(keysOf(`whsec_${secret} whsec_${old} whsk_${seed}`))({
            id: '01ab',
            at: Date.now(),
            body,
          });
          for (const each of [secret, old]) new Webhook(each).verify(body, { ...headers }, { jsonParse: false });
          const content = signedContent('01ab', headers['webhook-timestamp'] ?? '', body);
          const [, , asymmetric = ''] = (headers['webhook-signature'] ?? '').split(' ');
          const raw = Buffer.from(publicKey.slice('whpk_'.length), 'base64');
          const key = createPublicKey({
            key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
            format: 'jwk',
          });
          expect(verify(null, content, key, Buffer.from(asymmetric.slice('v1a,'.length), 'base64'))).toBe(true);
        },
      ),
    );
  });

  it('is accepted by the public key alone', () => {
    const [key] = keysOf(publicKey, true);
    const content = signedContent(vector.id, '1614265330', vector.body);
    expect(key && isSignedBy(key, content, `${v1} ${v1a}`)).toBe(true);
    expect(key && isSignedBy(key, content, v1)).toBe(false);
    expect(key && isSignedBy(key, Buffer.from('x'), v1a)).toBe(false);
    for (const header of ['', 'v1a', 'v1a,', 'v1a,AAAA', ',', ' ']) {
      expect(key && isSignedBy(key, content, header)).toBe(false);
    }
  });
});

describe('keys', () => {
  it('are those that OpenSSL makes, too', () => {
    const { privateKey, publicKey: made } = generateKeyPairSync('ed25519');
    const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
    const [key] = keysOf(`whsk_${Buffer.from(d, 'base64url').toString('base64')}`);
    expect(key?.scheme === 'v1a' && writePublicKey(key.publicKey)).toBe(
      `whpk_${Buffer.from(x, 'base64url').toString('base64')}`,
    );
    expect(writePublicKey(made)).toBe(`whpk_${Buffer.from(x, 'base64url').toString('base64')}`);
  });

  it.each([
    ['nothing', ''],
    ['no prefix', symmetric.slice('whsec_'.length)],
    ['a public key', publicKey],
    ['no base64', 'whsec_%%%%'],
    ['base64 that is cut', `whsec_${randomBytes(25).toString('base64').replaceAll('=', '')}`],
    ['a key that is too short', `whsec_${randomBytes(23).toString('base64')}`],
    ['a key that is too long', `whsec_${randomBytes(65).toString('base64')}`],
    ['a private key of another length', `whsk_${randomBytes(33).toString('base64')}`],
    [
      'a private key with another public key',
      `whsk_${Buffer.concat([randomBytes(32), randomBytes(32)]).toString('base64')}`,
    ],
    ['a second one that is wrong', `${symmetric} x`],
  ])('with %s are refused, and not quoted', (_, written) => {
    const parsed = parseSigningKeys(written);
    if (!('wrong' in parsed)) throw new Error('it was accepted');
    for (const word of written.split(' ')) if (word.length > 8) expect(parsed.wrong).not.toContain(word.slice(8));
  });
});

describe('a verification says what is wrong', () => {
  const keys = keysOf(symmetric);
  const now = vector.at + 299_000;
  const headers = signedBy(keys)(vector);
  function partsOf(changed: {
    headers?: object;
    body?: string | Buffer;
    keys?: readonly SigningKey[];
    now?: number;
  }): readonly Wrong['what'][] {
    const given = { ...headers, ...changed.headers };
    const request = {
      headers: new Map(
        Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const])),
      ),
      body: Buffer.from(changed.body ?? vector.body),
    };
    return wrongWith(request, { keys: changed.keys ?? keys, now: changed.now ?? now, toleranceMs: 300_000 }).map(
      ({ what }) => what,
    );
  }

  it.each<[string, Parameters<typeof partsOf>[0], readonly Wrong['what'][]]>([
    ['nothing', {}, []],
    ['a header is missing', { headers: { 'webhook-signature': undefined } }, ['header']],
    ['the request is old', { now: vector.at + 301_000 }, ['clock']],
    ['the request is of the future', { now: vector.at - 301_000 }, ['clock']],
    ['the time is none', { headers: { 'webhook-timestamp': 'x' } }, ['clock', 'key']],
    ['the id is another', { headers: { 'webhook-id': 'a.b' } }, ['id', 'key']],
    ['the key is another', { keys: keysOf(`whsec_${randomBytes(32).toString('base64')}`) }, ['key']],
    ['the key is of another kind', { keys: keysOf(publicKey, true) }, ['key']],
    ['the body has a line end more', { body: `${vector.body}\n` }, ['body']],
    ['the body has a mark', { body: `\ufeff${vector.body}` }, ['body']],
    ['the body is another', { body: '{}' }, ['key']],
    ['the request is old and changed', { body: `${vector.body}\r\n`, now: 0 }, ['clock', 'body']],
  ])('%s', (_, changed, expected) => {
    expect(partsOf(changed)).toEqual(expected);
  });

  it.each([
    ['parsed and written with spaces', '{"a":1,"b":"ü"}', '{ "a": 1, "b": "ü" }'],
    ['read as ISO 8859-1', '{"b":"ü"}', Buffer.from('{"b":"ü"}').toString('latin1')],
    ['written with CR LF', '{"a":1}\n{"b":1}\n', '{"a":1}\r\n{"b":1}\r\n'],
    ['cut at its end', '{"a":1}\n', '{"a":1}'],
  ])('the body was %s', (_, body, received) => {
    expect(partsOf({ headers: signedBy(keys)({ ...vector, body }), body: received })).toEqual(['body']);
  });
});
