/** Which trace the requests of a webhook name, and where. */
import { describe, expect, it } from 'vitest';
import { readTrace } from '../../../src/base/trace-context.ts';
import { traceBy, traceHeaders } from '../../../src/notifier/webhook/trace.ts';
import { eventNotification } from '../samples.ts';
import { contextOf, openFormat } from './format-context.ts';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const given = readTrace(traceparent, 'a=1');
const plain = eventNotification('01-a');
const traced = eventNotification('01-b', { traceparent, tracestate: 'a=1' });
const attempt = readTrace('00-11111111111111111111111111111111-2222222222222222-01');
const own = attempt === undefined ? {} : { trace: attempt };

describe('webhook_trace', () => {
  it('passed: that of the event, or none', () => {
    const trace = traceBy('passed');
    expect(trace({ notification: traced })).toEqual(given);
    expect(trace({ notification: plain })).toBeUndefined();
    expect(trace({ notification: eventNotification('01-c', { traceparent: 'x' }) })).toBeUndefined();
  });

  it('always: otherwise one that each attempt has', () => {
    const trace = traceBy('always');
    expect(trace({ notification: traced })).toEqual(given);
    expect(trace({ notification: plain })?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(trace({ notification: plain })).toEqual(trace({ notification: plain }));
  });

  it('that of an attempt that is traced goes before; never: none', () => {
    expect(traceBy('passed')({ notification: traced, ...own })).toEqual(attempt);
    expect(traceBy('never')({ notification: traced, ...own })).toBeUndefined();
  });
});

it('is in headers where all notifications of a request are of one span', () => {
  expect(traceHeaders([given])).toEqual({ traceparent, tracestate: 'a=1' });
  expect(Object.keys(traceHeaders([given, given]))).toEqual(['traceparent', 'tracestate']);
  expect([traceHeaders([given, attempt]), traceHeaders([given, undefined]), traceHeaders([])]).toEqual([{}, {}, {}]);
});

it('is an attribute of each CloudEvent', () => {
  const of = (format: 'cloudevents' | 'cloudevents-binary' | 'cloudevents-batch') => {
    const made = openFormat(format, contextOf(), false).request([traced], [given]);
    if (!('value' in made)) throw new Error('there is no request');
    return made.value;
  };
  expect(JSON.parse(of('cloudevents').body)).toMatchObject({ traceparent, tracestate: 'a=1' });
  expect(JSON.parse(of('cloudevents-batch').body)).toMatchObject([{ traceparent }]);
  expect(of('cloudevents-binary').headers).toMatchObject({ 'ce-traceparent': traceparent, 'ce-tracestate': 'a=1' });
});
