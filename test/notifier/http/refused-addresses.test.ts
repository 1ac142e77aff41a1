/** Every address of a refused range in every form in which it can be written, and that what a name resolves to is looked at when it counts. */
import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { buildConnector } from 'undici';
import { describe, expect, it } from 'vitest';
import { guardedConnector, guardedLookup, RefusedAddressError } from '../../../src/notifier/http/guarded-connector.ts';
import { addressRule, isRange } from '../../../src/notifier/http/refused-addresses.ts';
import { tries } from '../../support/long.ts';

/** First and last address of ranges that nobody else may reach, by the registries. */
const ranges4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/3'],
];
const ranges6 = [
  ...['::/128', '::1/128', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/32', '2001:db8::/32', '2002::/16'],
  ...['fc00::/7', 'fe80::/10', 'ff00::/8'],
];

const strict = addressRule([]);
const literal = addressRule(undefined);

const dotted = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
const numberOf = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

/** Any address of a range of IPv4, as a number. */
const inRange4 = fc.constantFrom(...ranges4).chain((range) => {
  const [base = '', bits] = range.split('/');
  return fc.integer({ min: 0, max: 2 ** (32 - Number(bits)) - 1 }).map((more) => numberOf(base) + more);
});

/** Groups of 16 bits of an address of IPv6 without `::` and dots. */
function groupsOf(text: string): number[] {
  const [head = '', tail] = text.split('::');
  const of = (part: string | undefined): number[] =>
    part ? part.split(':').map((group) => Number.parseInt(group, 16)) : [];
  const [before, after] = [of(head), of(tail)];
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

const inRange6 = fc.constantFrom(...ranges6).chain((range) => {
  const [base = '', bits] = range.split('/');
  return fc.array(fc.integer({ min: 0, max: 65_535 }), { minLength: 8, maxLength: 8 }).map((random) =>
    groupsOf(base).map((group, i) => {
      const free = Math.max(0, Math.min(16, 16 * (i + 1) - Number(bits)));
      return free === 0 ? group : (group & (0xffff << free) & 0xffff) | ((random[i] ?? 0) & ((1 << free) - 1));
    }),
  );
});

/** The ways to write an address of IPv6. */
function spellings(groups: readonly number[]): readonly string[] {
  const hex = groups.map((group) => group.toString(16));
  const full = hex.map((group) => group.padStart(4, '0'));
  const end = dotted(((groups[6] ?? 0) * 65_536 + (groups[7] ?? 0)) >>> 0);
  const mixed = [...hex.slice(0, 6), end].join(':');
  return [
    hex.join(':'),
    full.join(':'),
    full.join(':').toUpperCase(),
    mixed,
    `${hex.join(':')}%eth0`,
    canonical(hex.join(':')),
  ];
}

/** As the URL parser writes it. */
const canonical = (address: string): string => new URL(`http://[${address}]/`).hostname.slice(1, -1);

/** What the URL parser makes of a host. */
const hostOf = (written: string): string => new URL(`http://${written}/`).hostname.replace(/^\[|\]$/g, '');

describe('an address of a range that is refused', () => {
  it('is refused in every form of IPv4', () => {
    fc.assert(
      fc.property(inRange4, (value) => {
        const [a = 0, b = 0, c = 0, d = 0] = dotted(value >>> 0)
          .split('.')
          .map(Number);
        const hex = `0x${(value >>> 0).toString(16)}`;
        const octal = [a, b, c, d].map((part) => `0${part.toString(8)}`).join('.');
        const forms = [
          dotted(value >>> 0),
          String(value >>> 0),
          hex,
          octal,
          `${a}.${b}.${c * 256 + d}`,
          `${a}.${(b * 256 + c) * 256 + d}`,
        ];
        for (const form of forms) expect(strict(hostOf(form)), form).toBeTypeOf('string');
      }),
      { numRuns: tries(500) },
    );
  });

  it('is refused mapped, compatible and translated into IPv6', () => {
    fc.assert(
      fc.property(inRange4, (value) => {
        const [high, low] = [(value >>> 16) & 0xffff, value & 0xffff];
        const mapped = spellings([0, 0, 0, 0, 0, 0xffff, high, low]);
        const compatible = spellings([0, 0, 0, 0, 0, 0, high, low]);
        const nat64 = spellings([0x64, 0xff9b, 0, 0, 0, 0, high, low]);
        const sixToFour = spellings([0x2002, high, low, 0, 0, 0, 0, 1]);
        for (const form of [...mapped, ...compatible, ...nat64, ...sixToFour])
          expect(strict(form), form).toBeTypeOf('string');
      }),
      { numRuns: tries(300) },
    );
  });

  it('is refused in every form of IPv6', () => {
    fc.assert(
      fc.property(inRange6, (groups) => {
        for (const form of spellings(groups)) expect(strict(form), form).toBeTypeOf('string');
      }),
      { numRuns: tries(500) },
    );
  });

  it('is allowed where its range is named, mapped as well', () => {
    const rule = addressRule(['127.0.0.0/8', 'fd00::/16', '10.1.2.3']);
    for (const allowed of ['127.0.0.1', '::ffff:127.0.0.1', 'fd00::1', '10.1.2.3'])
      expect(rule(allowed)).toBeUndefined();
    for (const refused of ['10.1.2.4', 'fd01::1', '::1', '169.254.1.1', '0.0.0.0'])
      expect(rule(refused)).toBeTypeOf('string');
  });
});

describe('other addresses', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '2a00::1',
    '::ffff:1.1.1.1',
    '223.255.255.255',
  ])('are not refused: %s', (address) => {
    expect([strict(address), literal(address)]).toEqual([undefined, undefined]);
  });

  it.each(['127.0.0.1', '10.0.0.1', '::1', 'fd00::1', '0.0.0.0', 'fe80::1%lo', '169.254.1.1'])(
    'are not where the administrator wrote the URL: %s',
    (address) => {
      expect(literal(address)).toBeUndefined();
    },
  );
});

describe('metadata services', () => {
  const services = ['169.254.169.254', 'fd00:ec2::254', '169.254.170.2', '100.100.100.200', 'fd20:ce::254'];
  const forms = [
    ...services,
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '::a9fe:a9fe',
  ];
  it.each(forms)('are refused whoever wrote the URL, and whatever is allowed: %s', (address) => {
    for (const rule of [literal, strict, addressRule(['0.0.0.0/0', '::/0'])])
      expect(rule(address)).toBeTypeOf('string');
  });
});

describe('a range', () => {
  it('is what the list of addresses takes', () => {
    const addresses = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string());
    fc.assert(
      fc.property(addresses, fc.oneof(fc.integer({ min: -1, max: 130 }).map(String), fc.string()), (address, bits) => {
        const written = `${address}/${bits}`;
        if (!isRange(written)) return;
        const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
        new BlockList().addSubnet(address, Number(bits), family);
        addressRule([written, address]);
      }),
    );
  });
});

describe('a connection', () => {
  /** A resolver that knows these addresses of every name. */
  const resolver = (...addresses: readonly string[]) =>
    ((_: string, __: object, callback: (error: null, found: object[]) => void) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: isIP(address) })),
      )) as unknown as typeof import('node:dns').lookup;

  function looked(all: boolean, ...addresses: readonly string[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      guardedLookup(strict, resolver(...addresses))('evil.example', { all }, (error, found) =>
        error === null ? resolve(found) : reject(error),
      );
    });
  }

  it('goes to none of the refused addresses that a name has', async () => {
    expect(await looked(true, '127.0.0.1', '1.1.1.1', '::1')).toEqual([{ address: '1.1.1.1', family: 4 }]);
    expect(await looked(false, '10.0.0.1', '2a00::1')).toBe('2a00::1');
    await expect(looked(true, '127.0.0.1', '::ffff:10.0.0.1')).rejects.toThrow(RefusedAddressError);
    await expect(looked(true)).rejects.toThrow('evil.example');
  });

  it('is not made to a literal that is refused, nor to one between brackets', async () => {
    let asked = 0;
    const inner: buildConnector.connector = () => {
      asked += 1;
    };
    for (const hostname of ['127.0.0.1', '[::1]', '::1']) {
      const refused = new Promise((resolve) => {
        guardedConnector(strict, inner)({ hostname, protocol: 'http:', port: '9' }, (...[error]) => resolve(error));
      });
      expect(await refused).toBeInstanceOf(RefusedAddressError);
    }
    expect(asked).toBe(0);
  });

  it('is looked up at every connection, so that a name that changes gains nothing', async () => {
    const answers = [['127.0.0.2'], ['169.254.169.254'], ['127.0.0.2']];
    const changing = ((_: string, __: object, callback: (error: null, found: object[]) => void) =>
      callback(
        null,
        (answers.shift() ?? []).map((address) => ({ address, family: 4 })),
      )) as unknown as typeof import('node:dns').lookup;
    const options = { lookup: guardedLookup(literal, changing), timeout: 2000 };
    const connector = guardedConnector(literal, buildConnector(options));
    const errors: unknown[] = [];
    // Nobody listens there: the first and the third one were let through, and refused by the kernel.
    for (let i = 0; i < 3; i += 1) {
      errors.push(
        await new Promise((resolve) => {
          connector({ hostname: 'rebinding.example', protocol: 'http:', port: '9' }, (...[error]) => resolve(error));
        }),
      );
    }
    expect(errors.map((error) => error instanceof RefusedAddressError)).toEqual([false, true, false]);
  });
});
