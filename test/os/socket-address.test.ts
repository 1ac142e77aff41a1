import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxSocketPathBytes } from '../../src/base/limits.ts';
import { inetName, socketAddress, socketName } from '../../src/os/socket-address.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('socketAddress', () => {
  it('writes a path with a NUL behind it, and an abstract name with one before it', () => {
    // The family is a number of the machine; every machine that Node runs on with koffi is little-endian.
    expect(hex(socketAddress('/a').bytes)).toBe('01002f6100');
    expect(hex(socketAddress('@a').bytes)).toBe('01000061');
  });

  it.each(['', '@'])('takes 107 bytes behind "%s" and no more', (prefix) => {
    const longest = prefix + 'x'.repeat(maxSocketPathBytes);
    expect(socketAddress(longest).bytes).toHaveLength(110);
    expect(() => socketAddress(`${longest}x`)).toThrow(
      expect.objectContaining({ code: 'SOCKET_PATH', message: expect.stringContaining('108 bytes') }),
    );
  });

  it('counts bytes, not characters', () => {
    expect(() => socketAddress('ü'.repeat(54))).toThrow(expect.objectContaining({ code: 'SOCKET_PATH' }));
  });

  it.each(['', '@', '/run/a\0b', '@\0'])('refuses %j', (text) => {
    expect(() => socketAddress(text)).toThrow(expect.objectContaining({ code: 'SOCKET_PATH' }));
  });

  it('is read back as it was written', () => {
    const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((name) => !name.includes('\0'));
    fc.assert(
      fc.property(names, fc.constantFrom('', '@', '/'), (name, prefix) => {
        const text = prefix + name;
        fc.pre(text !== '@' && Buffer.byteLength(text) <= maxSocketPathBytes);
        expect(socketName(socketAddress(text).bytes)).toBe(text);
      }),
      { numRuns: 300 },
    );
  });
});

describe('inetName', () => {
  it('reads an address of either family with its port', () => {
    expect(inetName(Buffer.from('02001f9a7f000001', 'hex'))).toBe('127.0.0.1:8090');
    const head = '0a001f9a00000000';
    expect(inetName(Buffer.from(`${head}${'00'.repeat(15)}0100000000`, 'hex'))).toBe('[::1]:8090');
    expect(inetName(Buffer.from(`${head}20010db8000000000000000000000042`, 'hex'))).toBe('[2001:db8::42]:8090');
  });
});
