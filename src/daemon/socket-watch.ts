/** Has a socket opened again whose file was removed or replaced while in use: no sender reaches a socket without its file. */
import type { Logger } from 'pino';
import { messageOf } from '../base/error.ts';
import { type FileWatch, identityOf, watchFile } from '../os/file-watch.ts';

/**
 * Calls `reopen`, one call at a time, while `path` does not lead to the file that is there now. It answers false when the
 * socket is no longer wanted; where it rejects, that is logged once, and the next look calls it again. `fields`: of the
 * log. Undefined where there is no file to watch.
 */
export function watchSocket(
  path: string | undefined,
  fields: object,
  log: Logger,
  reopen: () => Promise<boolean>,
  everyMs?: number,
): FileWatch | undefined {
  if (path === undefined || path.startsWith('@')) return undefined;
  let own = identityOf(path);
  if (own === undefined || own === 'absent') return undefined;
  let isBusy = false;
  let refused = '';
  const again = async (): Promise<void> => {
    isBusy = true;
    try {
      if (!(await reopen())) return;
      own = identityOf(path);
      refused = '';
      log.warn(fields, 'the file of this socket was removed while in use; opened the socket again');
    } catch (thrown) {
      const reason = messageOf(thrown);
      if (reason !== refused) {
        log.error(
          { ...fields, reason },
          'the file of this socket was removed or replaced, and belfry cannot create it again; senders cannot reach this socket',
        );
      }
      refused = reason;
    } finally {
      isBusy = false;
    }
  };
  const onAbsent = (): void => {
    if (!isBusy) void again();
  };
  return watchFile(path, () => own, { onAbsent }, everyMs);
}
