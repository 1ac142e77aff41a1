/** Does what an administrator asks, and answers row by row: the same for a running daemon and for the spool of a stopped one. */
import { audit } from './audit.ts';
import type { AdminContext } from './context.ts';
import { groups } from './groups.ts';
import { count, list, show } from './list.ts';
import { pauseNotifier, resume } from './pauses.ts';
import type { AdminAnswer, AdminRequest } from './protocol.ts';
import { recent } from './recent.ts';
import { replay } from './replay.ts';
import { retryOrDrop } from './retry-drop.ts';
import { status } from './status.ts';

/** Ends with `done`, or throws. What has been changed when it is left early stays changed. */
export async function* runCommand(tools: AdminContext, request: AdminRequest): AsyncGenerator<AdminAnswer, void, void> {
  switch (request.command) {
    case 'status':
      for await (const row of status(tools)) yield { row };
      break;
    case 'list':
      for await (const row of list(tools, request)) yield { row };
      break;
    case 'groups':
      for await (const row of groups(tools, request)) yield { row };
      break;
    case 'count':
      yield { done: { changed: 0, inProgress: 0, at: tools.now(), matching: await count(tools, request) } };
      return;
    case 'recent':
      for await (const row of recent(tools, request)) yield { row };
      break;
    case 'show':
      yield { row: await show(tools, request.id) };
      break;
    case 'audit':
      for await (const row of audit(tools)) yield { row };
      break;
    case 'retry':
    case 'drop':
      yield { done: yield* retryOrDrop(tools, request) };
      return;
    case 'pause':
      yield { done: await pauseNotifier(tools, request) };
      return;
    case 'resume':
      yield { done: await resume(tools, request) };
      return;
    case 'replay':
      yield { done: yield* replay(tools, request) };
      return;
  }
  yield { done: { changed: 0, inProgress: 0 } };
}
