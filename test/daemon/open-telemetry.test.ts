/** An SDK that is absent, too old or broken changes nothing for deliveries. */
import * as api from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { attemptTracer } from '../../src/daemon/attempt-tracing.ts';
import { findTracing } from '../../src/daemon/open-telemetry.ts';
import type { Outcome } from '../../src/notifier/notifier.ts';
import { testServices } from '../notifier/open-method.ts';
import { eventNotification } from '../notifier/samples.ts';

const registry = Symbol.for('opentelemetry.js.api.1');
afterEach(() => {
  Reflect.deleteProperty(globalThis, registry);
});

const delivery = { notification: eventNotification('01-a'), attempt: 1, lane: '' };
const delivered: readonly Outcome[] = [{ status: 'delivered' }];

describe('findTracing', () => {
  it('is nothing without an SDK', async () => {
    const { log, logged } = testServices();
    expect([await findTracing(log), logged]).toEqual([undefined, []]);
  });

  it('is nothing with one that is too old, or that has no tracer, and says the first', async () => {
    const { log, logged } = testServices();
    Reflect.set(globalThis, registry, { version: '1.0.0', trace: {} });
    expect(await findTracing(log)).toBeUndefined();
    expect(logged).toHaveLength(1);
    Reflect.set(globalThis, registry, { version: '1.9.0' });
    expect(await findTracing(log)).toBeUndefined();
    expect(logged).toHaveLength(1);
  });

  it('does not wait for an SDK that fails or never ends', async () => {
    const { log, logged } = testServices();
    const forceFlush = async (): Promise<never> => {
      throw new Error('no collector');
    };
    const noop = new api.ProxyTracerProvider();
    api.trace.setGlobalTracerProvider({ getTracer: noop.getTracer.bind(noop), ...{ forceFlush } });
    const tracing = await findTracing(log);
    await tracing?.flush();
    expect(logged).toMatchObject([{ reason: 'no collector' }]);
    api.trace.disable();
  });
});

it('a tracer that throws is reported, and the attempt goes on', () => {
  const bugs: unknown[] = [];
  const broken = {
    startSpan: () => {
      throw new Error('no span');
    },
  } as unknown as api.Tracer;
  const tracer = attemptTracer(api, broken, { notifier: 'crm', method: 'webhook' }, (bug) => bugs.push(bug));
  const trace = tracer.begin([delivery]);
  expect(trace.deliveries).toEqual([delivery]);
  expect(trace.run(() => 42)).toBe(42);
  trace.end(delivered);
  expect(bugs).toHaveLength(1);
});

it('without an SDK behind it, a tracer gives no trace of its own', () => {
  const tracer = attemptTracer(api, api.trace.getTracer('x'), { notifier: 'crm', method: 'log' }, () => {});
  const trace = tracer.begin([delivery, delivery]);
  expect(trace.deliveries).toHaveLength(2);
  trace.end(delivered);
});
