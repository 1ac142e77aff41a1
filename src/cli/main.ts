/** What `bin/belfry` starts. */
import { run } from './command-line.ts';
import { failOnUncaught } from './failure.ts';
import { processIo } from './io.ts';

failOnUncaught(processIo);
await run(process.argv.slice(2), processIo);
