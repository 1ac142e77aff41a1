/** Appends batches of lines to a file until its process may write no more, and says how each batch ended. */
import { AppendFile } from '../../../src/notifier/log/append-file.ts';

const [path = ''] = process.argv.slice(2);
const file = await AppendFile.open(path);
for (let batch = 0; batch < 20; batch += 1) {
  const lines = Array.from({ length: 10 }, (_, line) => `${batch}.${line} ${'x'.repeat(200)}\n`).join('');
  const ended = await file.write(lines).then(
    () => 'taken',
    (error: NodeJS.ErrnoException) => error.code,
  );
  process.stdout.write(`${batch} ${ended}\n`);
}
await file.close();
