/** What a check is given in a test: files that are texts, a kernel and a clock that say what the test wants. */
import { loadConfiguration } from '../../src/config/load.ts';
import type { Check, Finding } from '../../src/doctor/check.ts';
import { type DoctorContext, type MailServerFiles, readMailServers } from '../../src/doctor/context.ts';
import { methods } from '../../src/notifier/table.ts';
import { reader } from '../config/fixture.ts';

/** Of files by their paths, `/etc/belfry.conf` among them, each a list of lines. */
export function doctorContext(
  files: Readonly<Record<string, readonly string[]>>,
  { named = {}, ...others }: Partial<DoctorContext> & { readonly named?: MailServerFiles } = {},
): DoctorContext {
  const texts = Object.fromEntries(Object.entries(files).map(([path, lines]) => [path, `${lines.join('\n')}\n`]));
  const read = reader({ '/etc/belfry.conf': '\n', ...texts });
  const loaded = loadConfiguration('/etc/belfry.conf', {
    methods,
    read,
    environment: { hostname: 'mail.example.org' },
  });
  return {
    ...readMailServers(named, read, (path) => path in texts),
    loaded,
    configuration: loaded.readable,
    uid: 0,
    now: () => Date.UTC(2026, 11, 1),
    kernel: () => undefined,
    signal: new AbortController().signal,
    ...others,
  };
}

export async function findingsOf(check: Check, context: DoctorContext): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of check.run(context)) findings.push(finding);
  return findings;
}

/** The verdict, the place and the option of each finding but the right ones: `fault /etc/imapd.conf:3 notifysocket`. */
export async function wrongIn(check: Check, context: DoctorContext): Promise<readonly string[]> {
  const findings = await findingsOf(check, context);
  return findings
    .filter(({ verdict }) => verdict !== 'ok')
    .map(({ verdict, place }) =>
      [
        verdict,
        place === undefined ? '' : `${place.file}${place.line === undefined ? '' : `:${place.line}`}`,
        place?.option ?? '',
      ]
        .join(' ')
        .trimEnd(),
    );
}
