/** Reports the run of a program in a test, and marks it in the environment of the program. */
import type { TestRun } from '../test-run.ts';
import type { Ending } from './run-program.ts';
import type { Program } from './started-program.ts';

/** Runs `program` by `run`, with BELFRY_TEST. Without a test it is only run. */
export async function tracedProgram(
  test: TestRun | undefined,
  program: Program,
  run: (program: Program) => Promise<Ending>,
): Promise<Ending> {
  if (test === undefined) return run(program);
  const environment = { ...program.environment, BELFRY_TEST: 'yes' };
  const variables = Object.entries(environment).filter(([name]) => name.startsWith('BELFRY_'));
  const command = program.argv.map((argument) =>
    /^[\w./:=@-]+$/.test(argument) ? argument : JSON.stringify(argument),
  );
  test.trace('sent', [...variables.map(([name, value]) => `${name}=${value}`), command.join(' ')].join('\n'));
  test.trace('sent', Buffer.from(program.input).toString().trimEnd());
  const ending = await run({ ...program, environment });
  if ('stderr' in ending && ending.stderr !== '') test.trace('received', ending.stderr);
  test.trace('note', endingText(ending));
  return ending;
}

function endingText(ending: Ending): string {
  switch (ending.how) {
    case 'exited':
      return `exit status ${ending.status}`;
    case 'killed':
      return `killed by ${ending.by}`;
    case 'stopped':
      return `stopped by belfry: ${ending.why}`;
    case 'not started':
      return `not started: ${ending.message}`;
  }
}
