/** Takes the lock on a file, says so or why not, and holds it until its standard input ends. */
import { lockFile } from '../../src/os/file-lock.ts';

const [path = ''] = process.argv.slice(2);
try {
  lockFile(path);
  process.stdout.write('locked\n');
  process.stdin.on('end', () => process.exit(0)).resume();
} catch (thrown) {
  process.stdout.write(`${thrown instanceof Error ? thrown.message : thrown}\n`);
}
