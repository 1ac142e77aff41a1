/** Endpoints for probes, for the page's session, and for explaining an event. */
import { z } from 'zod';
import { BelfryError } from '../../../base/error.ts';
import { problem } from '../../../http-server/problem.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';

export const observationEndpoints: readonly Endpoint[] = [
  defineEndpoint({
    ...{ method: 'GET', path: '/healthz', access: 'open' },
    summary: 'Whether the daemon is alive: 200, or 503 with the parts that do not answer.',
    answer: z.object({ alive: z.boolean(), parts: z.array(z.object({ name: z.string(), alive: z.boolean() })) }),
    async handle(_, { observed }) {
      const health = await observed.health();
      return { json: health, status: health.alive ? 200 : 503 };
    },
  }),
  defineEndpoint({
    ...{ method: 'GET', path: '/readyz', access: 'open' },
    summary: 'Whether it can accept and store requests: 200, or 503, with the reasons.',
    answer: z.object({
      ready: z.boolean(),
      reasons: z.array(z.object({ check: z.string(), ok: z.boolean(), detail: z.string() })),
    }),
    async handle(_, { observed }) {
      const readiness = await observed.readiness();
      return { json: readiness, status: readiness.ready ? 200 : 503 };
    },
  }),
  defineEndpoint({
    ...{ method: 'GET', path: '/metrics', access: 'open', answer: { type: 'text/plain' } },
    summary: 'Metrics for Prometheus.',
    async handle(_, { observed }) {
      const { type, text } = await observed.metrics();
      return { bytes: text, type };
    },
  }),
];

export const otherEndpoints: readonly Endpoint[] = [
  {
    ...{ method: 'POST', path: '/api/explain', access: 'read', body: 'bytes' },
    summary: 'What would become of the events or captured requests in the body, and why. Nothing is delivered.',
    answer: z.object({ text: z.string(), explanations: z.array(z.unknown()) }),
    async handle({ body }, api) {
      if (!(body instanceof Uint8Array)) throw new BelfryError('INTERNAL', 'a body of bytes was expected');
      return { json: await api.explain(body) };
    },
  },
  defineEndpoint({
    ...{ method: 'GET', path: '/api/session', access: 'open' },
    summary: 'Whether a token is needed, and whether this client has shown it.',
    answer: z.object({ needsToken: z.boolean(), authenticated: z.boolean() }),
    handle: ({ session }) => ({
      json: { needsToken: session.needsToken, authenticated: session.isAuthenticated },
      headers: { 'cache-control': 'no-store' },
    }),
  }),
  defineEndpoint({
    ...{ method: 'POST', path: '/api/session', access: 'open', body: z.strictObject({ token: z.string().max(4096) }) },
    summary: 'Turns the token into a cookie, for browsers.',
    answer: 'nothing',
    handle({ session, body: { token } }) {
      const cookie = session.begin(token);
      if (cookie === undefined) return { problem: problem(401, 'this is not the token of admin_token') };
      return { nothing: true, headers: { 'set-cookie': cookie } };
    },
  }),
  defineEndpoint({
    ...{ method: 'DELETE', path: '/api/session', access: 'open', answer: 'nothing' },
    summary: 'Ends the session: deletes the cookie.',
    handle: ({ session }) => ({ nothing: true, headers: { 'set-cookie': session.end() } }),
  }),
];
