/** Runs a command of belfry within the process of a test. */
import { run } from '../../src/cli/command-line.ts';

/** What a command has printed, and how it ended. */
export interface Said {
  readonly out: string;
  readonly err: string;
  readonly status: number;
}

/** `columns`: those of a terminal that the command is to find. */
export async function said(words: readonly string[], columns?: number): Promise<Said> {
  let [out, err, status] = ['', '', 0];
  await run(words, {
    ...(columns === undefined ? {} : { columns }),
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    exit: (given) => {
      status = given;
    },
  });
  return { out, err, status };
}
