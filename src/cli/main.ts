/** What `bin/belfry` starts. */
import { run } from './command-line.ts';
import { processIo } from './io.ts';

await run(process.argv.slice(2), processIo);
