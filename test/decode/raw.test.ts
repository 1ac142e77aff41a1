import { expect, it } from 'vitest';
import type { RequestFormat } from '../../src/base/request.ts';
import { decodeRaw } from '../../src/decode/raw.ts';

it.each(['jmap', 'toString', ''])('refuses the format %j, which a newer version has put into the spool', (format) => {
  const decoded = decodeRaw({ format: format as RequestFormat, bytes: Buffer.from('{}') });
  expect(decoded).toMatchObject({ ok: false, problem: { stage: 'frame' } });
  expect(decoded.ok || decoded.problem.message).toContain(JSON.stringify(format));
});
