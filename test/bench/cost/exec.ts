/** A row: belfry's own share in running a program for each event, without what the program uses; and notifyd beside it. */

import { join } from 'node:path';
import { runSuccessfully } from '../../e2e/run-program.ts';
import { type Defer, makeWorkspace, root } from '../../e2e/workspace.ts';
import { notifydIsMissing, notifydRate } from './notifyd.ts';
import { defineRow, type Measurement } from './row.ts';
import { drain } from './waiting.ts';

const waiting = 1000;
/** In stream mode, of which there are more in the same time. */
const streamed = 30 * waiting;

export const exec = defineRow({
  name: 'exec',
  figures: {
    each: {
      what: 'exec, one process for each event, 8 at a time: the share of belfry',
      unit: 'us',
      before: '1,600 to 2,000',
      target: 250,
    },
    stream: {
      what: 'the same in stream mode: one program for all, and a line for each event',
      unit: 'us',
      before: 'not there',
      target: 30,
    },
    inTurn: {
      what: 'the same, one at a time, as notifyd does it',
      unit: 'us',
      before: '1,850 to 2,000',
      target: 250,
    },
  },
  async measure({ serve, scale, defer }) {
    const count = waiting * scale;
    const [program, answering] = [await compileProgram('read-all', defer), await compileProgram('answer-ok', defer)];
    const lines = (concurrency: number) => () => [
      ...['notifiers: run', 'run_method: exec', `run_exec_program: ${program}`, 'run_from: beginning'],
      ...['order: none', `concurrency: ${concurrency}`],
    ];
    const measured = async (concurrency: number): Promise<Measurement> => {
      const served = await serve(lines(concurrency), count);
      const measurement = await drain(served, ['run'], count);
      await served.daemon.stop();
      return measurement;
    };
    const [each, inTurn] = [await measured(8), await measured(1)];
    const inStream = async (): Promise<Measurement> => {
      const [events, options] = [streamed * scale, ['run_exec_mode: stream', `run_exec_program: ${answering}`]];
      const served = await serve(() => [...lines(8)().slice(0, 2), ...options, 'run_from: beginning'], events);
      const measurement = await drain(served, ['run'], events);
      await served.daemon.stop();
      return measurement;
    };
    const stream = await inStream();
    const missing = notifydIsMissing();
    const limit =
      missing === undefined
        ? { what: 'notifyd, method external', perSecond: await notifydRate(program, count, defer) }
        : { what: `notifyd is not measured: ${missing}` };
    return { each: { ...each, limit }, stream: { ...stream, limit }, inTurn: { ...inTurn, limit } };
  },
});

/** Each reads its input: notifyd dies of SIGPIPE when a program ends before that, as /bin/true does. */
async function compileProgram(name: 'read-all' | 'answer-ok', defer: Defer): Promise<string> {
  const program = join(await makeWorkspace(defer), name);
  await runSuccessfully('cc', ['-O2', '-o', program, join(root, `test/bench/native/${name}.c`)]);
  return program;
}
