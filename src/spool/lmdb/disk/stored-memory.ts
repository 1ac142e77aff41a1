/** What parts of the daemon remember, in a table of the database; written by the thread that has the consumers. */
import { assertMemory, type SpoolMemory } from '../../spool-memory.ts';
import { bytesOf } from './binary.ts';
import { readFailure } from './failure.ts';
import { growthOf } from './file-room.ts';
import type { Store } from './store.ts';
import type { Transactions } from './transactions.ts';

export function storedMemory({ memories }: Store, transactions: Transactions): SpoolMemory {
  return {
    async remember(name, bytes) {
      assertMemory(name, bytes);
      await transactions.run(`memory ${name}`, () => ({
        write: { growth: growthOf(1, bytes.byteLength), put: () => void memories.put(name, bytes) },
        done() {},
      }));
    },
    async recall(name) {
      try {
        const bytes = bytesOf(memories, name);
        return bytes && Uint8Array.from(bytes);
      } catch (thrown) {
        throw readFailure(thrown);
      }
    },
  };
}
