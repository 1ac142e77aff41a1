/** Finds an SDK of OpenTelemetry that the operator has loaded (`node --import`); without one nothing is loaded. */
import type { Logger } from 'pino';
import { messageOf } from '../base/error.ts';
import { settlesWithin } from '../base/settles-within.ts';
import { version } from '../base/version.ts';
import type { AttemptTracer } from '../dispatch/attempt-tracer.ts';
import { attemptTracer } from './attempt-tracing.ts';

export interface Tracing {
  /** Of one notifier. */
  tracer(notifier: string, method: string): AttemptTracer;
  /** Sends what has not been sent. Never rejects, and takes a moment at most. */
  flush(): Promise<void>;
}

/** Where every copy of the package @opentelemetry/api finds what an SDK has registered. */
const registry = Symbol.for('opentelemetry.js.api.1');
const flushMs = 2000;

/** Undefined where nobody traces. */
export async function findTracing(log: Logger): Promise<Tracing | undefined> {
  const registered: unknown = Reflect.get(globalThis, registry);
  if (typeof registered !== 'object' || registered === null || !('trace' in registered)) return undefined;
  const api = await import('@opentelemetry/api').catch((thrown: unknown) => {
    const remedy = 'install it with npm install @opentelemetry/api';
    log.warn({ reason: messageOf(thrown) }, `an SDK of OpenTelemetry is loaded, but its package api is not: ${remedy}`);
  });
  if (api === undefined) return undefined;
  const provider = api.trace.getTracerProvider();
  if (provider !== registered.trace) {
    log.warn('the SDK of OpenTelemetry is too old for belfry: attempts are not traced');
    return undefined;
  }
  const tracer = provider.getTracer('belfry', version());
  let isReported = false;
  const onBug = (thrown: unknown): void => {
    if (!isReported) log.warn({ reason: messageOf(thrown) }, 'the SDK of OpenTelemetry has failed; said once');
    isReported = true;
  };
  return {
    tracer: (notifier, method) => attemptTracer(api, tracer, { notifier, method }, onBug),
    async flush() {
      const flushed = Promise.resolve()
        .then(() => flushOf(provider)?.())
        .catch(onBug);
      await settlesWithin(flushed, flushMs);
    },
  };
}

/** That of the SDK, which may stand behind a proxy; the interface does not promise one. */
function flushOf(provider: object): (() => Promise<unknown>) | undefined {
  const own =
    'getDelegate' in provider && typeof provider.getDelegate === 'function' ? provider.getDelegate() : provider;
  return typeof own?.forceFlush === 'function' ? () => own.forceFlush() : undefined;
}
