/** Renames the consumer of unusable requests in a spool of an older version, which calls it `set-aside`. */
import { formerUnusableConsumer, unusableConsumer } from '../../spool.ts';
import { growthOf } from '../disk/file-room.ts';
import type { Store } from '../disk/store.ts';

/** Gets the state of a notifier of an older version that had the name `unusable`, which is reserved now. */
const displacedNotifier = 'notifier-unusable';

/** Everything else that a consumer has is stored under its number, so only its row moves. Throws what writing throws. */
export function renameFormerConsumer({ consumers, environment, room }: Store): void {
  const record = consumers.get(formerUnusableConsumer);
  if (record === undefined) return;
  room.ensure({ growth: growthOf(3), operations: 3 });
  environment.transactionSync(() => {
    const notifier = consumers.get(unusableConsumer);
    if (notifier !== undefined) consumers.putSync(displacedNotifier, notifier);
    consumers.putSync(unusableConsumer, record);
    consumers.removeSync(formerUnusableConsumer);
  });
}
