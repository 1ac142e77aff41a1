/** Writes one line in the form for its standard output. */
import { writeSync } from 'node:fs';
import { formFor } from '../../src/log/line-form.ts';

const line = `${JSON.stringify({ level: 'info', time: new Date().toISOString(), msg: 'hello' })}\n`;
writeSync(1, formFor(1, undefined, process.env).shape(line));
