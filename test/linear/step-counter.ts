/** Counts the steps that the sources make: how often V8 entered each of their blocks. */
import { type Profiler, Session } from 'node:inspector';

export interface StepCounter {
  /** The steps of this thread since it was asked last, in modules whose URL begins with the prefix. */
  take(): number;
}

/**
 * To be called before any module that is to be counted is imported: what has been compiled before is not counted by blocks.
 * What the engine does within one of its own functions (`indexOf`, `replace`, `sort`) is no step, but its callbacks are.
 */
export function countSteps(urlPrefix: string): StepCounter {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return {
    take() {
      let steps = 0;
      // The session is of this thread, so that it answers before it returns.
      session.post('Profiler.takePreciseCoverage', (error, { result }) => {
        if (error !== null) throw error;
        for (const { url, functions } of result) if (url.startsWith(urlPrefix)) steps += sum(functions);
      });
      return steps;
    },
  };
}

function sum(functions: readonly Profiler.FunctionCoverage[]): number {
  return functions.reduce((all, { ranges }) => all + ranges.reduce((own, { count }) => own + count, 0), 0);
}
