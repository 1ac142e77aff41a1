/** What `bin/belfry` starts. */
import { version } from '../base/version.ts';

const words = process.argv.slice(2);
// Answered without the parser of command lines: other programs ask for the version often, and want to know it soon.
if (words.length === 1 && (words[0] === '-V' || words[0] === '--version')) {
  process.stdout.write(`${version()}\n`);
} else {
  const [{ run }, { failOnUncaught }, { processIo }] = await Promise.all([
    import('./command-line.ts'),
    import('./failure.ts'),
    import('./io.ts'),
  ]);
  failOnUncaught(processIo);
  await run(words, processIo);
}
