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
  const marked = markedAsTest(program);
  test.trace('sent', commandText(marked));
  test.trace('sent', Buffer.from(program.input).toString().trimEnd());
  const ending = await run(marked);
  if ('stderr' in ending && ending.stderr !== '') test.trace('received', ending.stderr);
  test.trace('note', endingText(ending));
  return ending;
}

export function markedAsTest<P extends Pick<Program, 'environment'>>(program: P): P {
  return { ...program, environment: { ...program.environment, BELFRY_TEST: 'yes' } };
}

/** The variables that belfry has set, and the command: what the administrator has put into the environment may be secret. */
export function commandText({ argv, environment }: Pick<Program, 'argv' | 'environment'>): string {
  const variables = Object.entries(environment).filter(([name]) => name.startsWith('BELFRY_'));
  const command = argv.map((argument) => (/^[\w./:=@-]+$/.test(argument) ? argument : JSON.stringify(argument)));
  return [...variables.map(([name, value]) => `${name}=${value}`), command.join(' ')].join('\n');
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
