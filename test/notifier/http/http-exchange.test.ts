/** An exchange that is given up before it has a connection, and what an exchange leaves behind: nothing. */
import { getEventListeners } from 'node:events';
import { Dispatcher } from 'undici';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type HttpClient, httpExchange } from '../../../src/notifier/http/http-exchange.ts';

const request = { method: 'POST', path: '/', headers: {}, body: '{}' } as const;

/** Keeps the handler of the last request, so that a test can play the connection. */
class Stage extends Dispatcher {
  handler: Dispatcher.DispatchHandler = {};
  readonly controller = {
    abort: vi.fn(),
    pause: () => {},
    resume: () => {},
    aborted: false,
    paused: false,
    reason: null,
  };
  override dispatch(_: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.handler = handler;
    return true;
  }
}

let stage: Stage;
let client: HttpClient;
let outer: AbortController;
beforeEach(() => {
  vi.useFakeTimers();
  stage = new Stage();
  client = {
    dispatcher: stage,
    wire: { connect: () => expect.fail('no connection is made'), begun: () => () => undefined },
  };
  outer = new AbortController();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  expect(getEventListeners(outer.signal, 'abort')).toEqual([]);
  vi.useRealTimers();
});

it('does not send a request any more that was given up while it waited for a connection', async () => {
  const ending = httpExchange(client, request, outer.signal);
  outer.abort('timeout');
  expect(await ending).toEqual({ how: 'aborted', sent: false });
  stage.handler.onRequestStart?.(stage.controller, null);
  expect(stage.controller.abort).toHaveBeenCalledTimes(1);
});

it('gives up the connection when the signal aborts', async () => {
  const ending = httpExchange(client, request, outer.signal);
  stage.handler.onRequestStart?.(stage.controller, null);
  outer.abort();
  expect(await ending).toEqual({ how: 'aborted', sent: true });
  expect(stage.controller.abort).toHaveBeenCalledTimes(1);
});

it('answers with the final status, whatever becomes of the body', async () => {
  const ending = httpExchange(client, request, outer.signal);
  const { handler, controller } = stage;
  handler.onRequestStart?.(controller, null);
  handler.onResponseStart?.(controller, 102, {});
  handler.onResponseStart?.(controller, 503, { 'retry-after': '5' });
  handler.onResponseData?.(controller, Buffer.from('half an ans'));
  handler.onResponseError?.(controller, new Error('broken'));
  const headers = { 'retry-after': '5' };
  expect(await ending).toEqual({ how: 'answered', status: 503, headers, body: 'half an ans', complete: false });
});

it('leaves nothing behind when it ends as it should', async () => {
  const ending = httpExchange(client, request, outer.signal);
  const { handler, controller } = stage;
  handler.onRequestStart?.(controller, null);
  handler.onResponseStart?.(controller, 204, {});
  handler.onResponseEnd?.(controller, {});
  expect(await ending).toEqual({ how: 'answered', status: 204, headers: {}, body: '', complete: true });
  expect(controller.abort).not.toHaveBeenCalled();
});
