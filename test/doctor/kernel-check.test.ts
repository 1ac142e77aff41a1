import { expect, it } from 'vitest';
import { kernelCheck, longestDatagram } from '../../src/doctor/kernel-check.ts';
import { doctorContext, findingsOf } from './doctor-context.ts';

const kernelOf = (qlen: number | undefined, wmem: number | undefined) => (name: string) =>
  name === 'net.unix.max_dgram_qlen' ? qlen : wmem;

it('knows what Cyrus sends at the most', () => {
  expect(longestDatagram(212_992)).toBe(21_267);
  expect(longestDatagram(655_680)).toBe(65_536);
  expect(longestDatagram(10_000_000)).toBe(65_536);
});

it.each([
  [512, 212_992, ['ok', 'ok']],
  [10, 212_992, ['warning', 'ok']],
  [512, 100_000, ['ok', 'warning']],
  [undefined, undefined, ['unchecked', 'unchecked']],
])('judges net.unix.max_dgram_qlen %s and net.core.wmem_default %s', async (qlen, wmem, verdicts) => {
  const findings = await findingsOf(kernelCheck, doctorContext({}, { kernel: kernelOf(qlen, wmem) }));
  expect(findings.map(({ verdict }) => verdict)).toEqual(verdicts);
  for (const { verdict, remedy } of findings) if (verdict === 'warning') expect(remedy).toMatch(/sysctl -w net\./);
});

it('has nothing to say where no datagram is sent', async () => {
  const context = doctorContext({ '/etc/belfry.conf': ['notifysocket: dlist:/run/belfry/notify'] });
  expect((await findingsOf(kernelCheck, context)).map(({ verdict }) => verdict)).toEqual(['ok']);
});
