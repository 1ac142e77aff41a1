/**
 * Runs the real process against real peers. Each file has a directory and ports of its own, so they run beside each other;
 * those that say how long something takes have the machine to themselves.
 */

import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Its limits are of time and rate, and what else runs would be measured as well. */
const flooding = ['hang'].map(fileOf);
/** These do next to nothing while time passes, so they may pass it together. */
const timing = ['service-manager', 'dovecot-waits'].map(fileOf);
/** What takes longest begins first, so that nothing is left over that runs by itself at the end. */
const longest = [
  ...['cyrus-account', 'crash-room', 'crash', 'backlog', 'cyrus-master', 'recipes', 'dovecot', 'http', 'life'],
  ...['first-steps', 'dovecot-silent', 'crash-runs', 'poison'],
].map(fileOf);

function fileOf(name: string): string {
  return `test/e2e/${name}.test.ts`;
}

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = longest.findIndex((file) => moduleId.endsWith(file));
      return at < 0 ? longest.length : at;
    };
    return files.toSorted((a, b) => rank(a) - rank(b));
  }
}

// biome-ignore lint/style/noDefaultExport: vitest takes its configuration from the default export
export default defineConfig({
  test: {
    disableConsoleIntercept: true,
    reporters: ['verbose'],
    // None of these is waited for in a run that passes. They must hold on a machine that does four other things as well.
    testTimeout: 1_800_000,
    hookTimeout: 300_000,
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'beside',
          include: ['test/e2e/**/*.test.ts'],
          exclude: [...flooding, ...timing],
          // They wait more than they compute.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'timing', include: timing, maxWorkers: 2, sequence: { groupOrder: 1 } } },
      { extends: true, test: { name: 'alone', include: flooding, maxWorkers: 1, sequence: { groupOrder: 2 } } },
    ],
  },
});
