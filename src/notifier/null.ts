/** Method null: delivers to nothing. For a request that must be taken and then forgotten, and to measure everything else. */
import { defineMethod, type Outcome } from './notifier.ts';

const delivered: Outcome = { status: 'delivered' };

/** Answers `delivered` for whatever it is given (Cyrus `notifyd/notify_null.c`). */
export const nullMethod = defineMethod({
  name: 'null',
  summary: 'Delivers nothing: each notification counts as delivered.',
  options: {},
  open: async () => ({
    maxBatch: 512,
    notify: async (deliveries) => deliveries.map(() => delivered),
    close: async () => {},
  }),
});
