/** Push notifications of Dovecot: its OX driver, and Lua scripts in the dialects that are known, belfry.lua among them. */
import { sourceOf } from '../../base/request.ts';
import { isServerName } from '../../decode/dovecot/normalise.ts';
import { splitDovecot } from '../../decode/dovecot/split.ts';
import { problem } from '../../http-server/problem.ts';
import type { Reading, Route } from './route.ts';

/** What the OX driver and its imitators use, and a name of our own. */
const paths = ['/preliminary/http-notify/v1/notify', '/dovecot'];

/**
 * Each notification of a request is an entry of its own; all of them are kept, or none. The sender is answered with 422
 * only when nothing in its request can be understood: Dovecot tries nothing again, so that one notification that is
 * wrong must not cost the others. That one is kept as well, and set aside with the reason; and so is one that Dovecot
 * itself is known to send (without a user, through its OX driver).
 *
 * `?server=NAME` says which mail server it is, for requests that do not say it themselves; any other query is ignored.
 */
export const dovecot: Route = {
  methods: ['PUT', 'POST'],
  paths,
  refuse({ query }) {
    const server = query.get('server');
    if (server === null || isServerName(server)) return undefined;
    return problem(422, 'the query parameter server is not a host name; write the name of the mail server', {
      field: 'server',
    });
  },
  read(body, head): Reading {
    const server = head.query.get('server');
    const split = splitDovecot(body, server === null ? {} : { server });
    if (!split.ok) {
      const { stage, message, byte } = split.problem;
      return { problem: problem(stage === 'json' ? 400 : 422, message, byte === undefined ? {} : { byte }) };
    }
    const { parts } = split.value;
    const [first] = parts;
    if (first?.wrong !== undefined && parts.every(({ wrong, known }) => wrong !== undefined && known !== true)) {
      return { problem: problem(422, first.wrong) };
    }
    const sender = `${head.path}?${head.query}`;
    return {
      requests: parts.map(({ bytes, dialect }) => ({ format: 'dovecot', bytes, source: sourceOf(sender, dialect) })),
    };
  },
};
