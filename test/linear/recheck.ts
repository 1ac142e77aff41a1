/** The proof that a regular expression takes at most linear time, whatever the text. */

export interface Verdict {
  /** Undefined when it is proven. */
  readonly problem: string | undefined;
}

/**
 * Decides by the automaton of the expression how the number of steps of a backtracking engine grows with the text (the
 * checker of recheck that proves; the other one, which tries texts out, is not asked). An expression without `^` is tried at
 * each position of the text, and that counts.
 */
export async function proveLinear(pattern: string, flags: string): Promise<Verdict> {
  // In this process: the other ways start a program.
  process.env['RECHECK_SYNC_BACKEND'] = 'pure';
  const { checkSync } = await import('recheck');
  // Of the flags those that do not change how it matches.
  const result = checkSync(pattern, flags.replace(/[dgy]/g, ''), {
    checker: 'automaton',
    timeout: 40_000,
    maxNFASize: 500_000,
    maxRepeatCount: 5000,
    maxPatternSize: 10_000,
  });
  if (result.status === 'safe' && result.checker === 'automaton') return { problem: undefined };
  if (result.status === 'vulnerable') {
    return { problem: `${result.complexity.summary}, for example with ${result.attack.pattern}` };
  }
  return { problem: `no proof: ${JSON.stringify(result.status === 'unknown' ? result.error : result)}` };
}
