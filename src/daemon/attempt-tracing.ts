/** A span of OpenTelemetry for each notification of an attempt, and the trace that its receiver is given. */
import type { Context, Span, SpanContext, Tracer } from '@opentelemetry/api';
import { generatedTrace } from '../base/generated-trace.ts';
import { printable } from '../base/printable.ts';
import { type TraceContext, traceIn } from '../base/trace-context.ts';
import type { AttemptTrace, AttemptTracer } from '../dispatch/attempt-tracer.ts';
import type { Delivery, Notification, Outcome } from '../notifier/notifier.ts';

type Api = typeof import('@opentelemetry/api');

/** Parameters of events that are attributes of their span. */
const attributeParameters = ['vnd.fastmail.traceId', 'vnd.fastmail.sessionId'];
const longestAttribute = 200;
const longestReason = 500;

/** `onBug`: the SDK has thrown, which changes nothing for the attempt. */
export function attemptTracer(
  api: Api,
  tracer: Tracer,
  { notifier, method }: { readonly notifier: string; readonly method: string },
  onBug: (thrown: unknown) => void,
): AttemptTracer {
  function started({ notification, attempt }: Delivery): Span {
    const { id, event, class: requestClass } = notification;
    return tracer.startSpan(
      `deliver ${notifier}`,
      {
        kind: api.SpanKind.PRODUCER,
        attributes: {
          'belfry.notifier': notifier,
          'belfry.method': method,
          'belfry.id': id,
          'belfry.attempt': attempt,
          'belfry.class': printable(requestClass, longestAttribute),
          ...(event === undefined ? {} : { 'belfry.event': printable(event, longestAttribute) }),
          ...parametersOf(notification),
        },
      },
      parentOf(api, notification),
    );
  }

  function ended(span: Span, outcome: Outcome | undefined): void {
    const { status = 'retry' } = outcome ?? {};
    span.setAttribute('belfry.outcome', status);
    if (outcome?.status === 'retry' || outcome?.status === 'rejected') {
      span.setStatus({ code: api.SpanStatusCode.ERROR, message: printable(outcome.reason, longestReason) });
    }
    span.end();
  }

  function safely<T>(act: () => T): T | undefined {
    try {
      return act();
    } catch (thrown) {
      onBug(thrown);
      return undefined;
    }
  }

  return {
    begin(deliveries): AttemptTrace {
      const spans = deliveries.map((delivery) => safely(() => started(delivery)));
      const traced = deliveries.map((delivery, i): Delivery => {
        const trace = spans[i] && passedOn(api, spans[i].spanContext());
        return trace === undefined ? delivery : { ...delivery, trace };
      });
      // What a call about several does belongs to none of them.
      const [only] = spans.length === 1 ? spans : [];
      return {
        deliveries: traced,
        run(call) {
          if (only === undefined) return call();
          const context = safely(() => api.trace.setSpan(api.context.active(), only));
          return context === undefined ? call() : api.context.with(context, call);
        },
        end(outcomes) {
          for (const [i, span] of spans.entries()) if (span) safely(() => ended(span, outcomes[i]));
        },
      };
    },
  };
}

/** The trace of the event, or one that all of its attempts have in common. */
function parentOf(api: Api, { id, payload }: Notification): Context {
  const { traceId, spanId, flags, state } = traceIn(payload) ?? generatedTrace(id);
  const parent = { traceId, spanId, traceFlags: flags, isRemote: true };
  const traceState = state === undefined ? {} : { traceState: api.createTraceState(state) };
  return api.trace.setSpanContext(api.ROOT_CONTEXT, { ...parent, ...traceState });
}

function passedOn(api: Api, context: SpanContext): TraceContext | undefined {
  if (!api.isSpanContextValid(context)) return undefined;
  const { traceId, spanId, traceFlags: flags, traceState } = context;
  const state = traceState?.serialize() ?? '';
  return { traceId, spanId, flags, ...(state === '' ? {} : { state }) };
}

function parametersOf({ payload }: Notification): Readonly<Record<string, string>> {
  return Object.fromEntries(
    attributeParameters.flatMap((name) => {
      const value = Object.hasOwn(payload, name) ? payload[name] : undefined;
      return typeof value === 'string' ? [[name, printable(value, longestAttribute)]] : [];
    }),
  );
}
