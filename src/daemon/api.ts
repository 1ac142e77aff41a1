/** Puts together what the API of a running daemon works with. */
import type { Api } from '../admin/api.ts';
import { LiveFeed } from '../admin/live-feed.ts';
import type { Explanation } from '../examine/explain.ts';
import type { TestRun } from '../notifier/test-run.ts';
import { type DaemonParts, toolsOf } from './daemon-parts.ts';
import { type FactsParts, factsOf } from './facts.ts';
import type { Generation } from './generation.ts';
import type { Observation } from './observation.ts';

/** The parts of a daemon. A reload exchanges some, so they are asked for each time. */
export interface ApiParts extends FactsParts, DaemonParts {
  readonly observation: Observation;
  generation(): Generation;
}

export function createApi(parts: ApiParts): Api {
  const { log, observation, generation } = parts;
  const tools = toolsOf(parts);
  return {
    tools,
    facts: factsOf(parts),
    observed: observation,
    live: new LiveFeed(tools),
    explain: explains(generation),
    async test(notifier, event, stop) {
      const { testNotifier } = await import('./test-notifier.ts');
      const exchange: { kind: string; text: string }[] = [];
      const test: TestRun = { trace: (kind, text) => void exchange.push({ kind, text }) };
      return { ...(await testNotifier(generation().configuration, notifier, event, test, stop)), exchange };
    },
    audit: (change, from) => log.info({ change, from }, 'administrator command'),
    onBug: (err) => log.error({ err }, 'a call of the API failed: this is a bug'),
  };
}

/** The rules of a configuration are compiled when the first event is explained, and kept until a reload. */
function explains(generation: () => Generation): Api['explain'] {
  let compiled: { readonly by: Generation; readonly explain: Promise<(bytes: Uint8Array) => Explanations> } | undefined;
  return async (bytes) => {
    const current = generation();
    if (compiled?.by !== current) compiled = { by: current, explain: compileExplain(current) };
    return (await compiled.explain)(bytes);
  };
}

interface Explanations {
  readonly text: string;
  readonly explanations: readonly Explanation[];
}

async function compileExplain({ configuration }: Generation): Promise<(bytes: Uint8Array) => Explanations> {
  const [{ compileRules }, { explainer }, { renderExplanation }, { requestsIn }] = await Promise.all([
    import('./generation.ts'),
    import('../examine/explain.ts'),
    import('../examine/render-explanation.ts'),
    import('../decode/captured.ts'),
  ]);
  const { parts, choosers } = await compileRules(configuration);
  return (bytes) => {
    const explanations = requestsIn(Buffer.from(bytes), 'the body').map(explainer(parts, choosers));
    return { explanations, text: explanations.map((one, i) => renderExplanation(one, i + 1)).join('') };
  };
}
