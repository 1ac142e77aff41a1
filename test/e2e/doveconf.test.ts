/** The configurations for Dovecot in the documentation, read by doveconf of the version that each is for. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { blocksIn, documentNames } from '../documentation/blocks.ts';
import { type Ending, runProgram } from './run-program.ts';
import { makeWorkspace } from './workspace.ts';

const newDebian = process.env['NEW_DEBIAN'] ?? '';

interface Release {
  readonly version: string;
  /** Root directory of the system that it is installed in. */
  readonly root: string;
  /** `doveconf -n -c`, its file as it is named within that root. */
  readonly run: (file: string) => Promise<Ending>;
  /** What stands at the head of every configuration of this version. */
  readonly head: string;
  readonly missing: string | undefined;
}

const doveconf = '/usr/bin/doveconf';

const releases: readonly Release[] = [
  {
    version: '2.3',
    root: '/',
    run: (file) => runProgram(doveconf, ['-n', '-c', file]),
    head: '',
    missing: existsSync(doveconf) ? undefined : `there is no ${doveconf}`,
  },
  {
    version: '2.4',
    root: newDebian,
    run: (file) => runProgram('chroot', [newDebian, doveconf, '-n', '-c', file]),
    head: 'dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n',
    missing: missingInNewDebian(),
  },
];

function missingInNewDebian(): string | undefined {
  if (newDebian === '') return 'NEW_DEBIAN does not name the root directory of a Debian 13';
  if (!existsSync(join(newDebian, doveconf))) return `there is no doveconf in ${newDebian}`;
  return process.getuid?.() === 0 ? undefined : 'only root can chroot';
}

/** What doveconf says of a configuration. It cannot read one from a pipe. */
async function read({ root, run, head }: Release, text: string): Promise<Ending> {
  const directory = await makeWorkspace(onTestFinished, join(root, '/var/tmp'));
  const name = join(directory, 'dovecot.conf');
  await writeFile(name, head + text);
  return run(join('/', relative(root, name)));
}

for (const release of releases) {
  const { version, root, missing } = release;
  const given = documentNames
    .flatMap((name) => blocksIn(name))
    .filter(({ language }) => language === `dovecot-${version}.conf`);
  const reason = missing === undefined ? '' : ` (skipped: ${missing})`;

  describe.skipIf(missing !== undefined)(`Dovecot ${version} in ${root}${reason}`, () => {
    test('it is that version', async () => {
      const { stdout } = await read(release, '');
      expect(stdout).toMatch(new RegExp(`^# ${version.replace('.', '\\.')}\\.`));
    });

    test.each(given.map(({ place, text }) => [place, text] as const))(
      '%s is read as it is printed',
      async (_, text) => {
        const { status, stdout, stderr } = await read(release, text);
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
        // Whatever has a value there has it in what doveconf says is in force, under its name within its section.
        const settings = [...text.matchAll(/^\s*(\w+) = (?:\$mail_plugins )?(.*)$/gm)];
        expect(settings.length).toBeGreaterThan(3);
        for (const [, full = '', value = ''] of settings) {
          const name = full.replace(/^push_notification_ox_/, '');
          expect(stdout).toMatch(
            new RegExp(`^\\s*${name} = "? ?${value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}"?$`, 'm'),
          );
        }
      },
    );

    test.each(given.map(({ place, text }) => [place, text] as const))(
      '%s: a slip in it would be seen',
      async (_, text) => {
        const { status, stderr } = await read(release, `${text}mail_plugin = yes\n`);
        expect(status).not.toBe(0);
        expect(stderr).toContain('mail_plugin');
      },
    );
  });

  test(`the documentation has a configuration for Dovecot ${version}`, () => {
    expect(given.length).toBeGreaterThan(0);
  });
}
