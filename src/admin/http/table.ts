/** The endpoints, all of them. The first that matches a path answers it. */
import type { Endpoint } from './endpoint.ts';
import { changeEndpoints } from './endpoints/changes.ts';
import { listEndpoints } from './endpoints/lists.ts';
import { liveEndpoints } from './endpoints/live.ts';
import { observationEndpoints, otherEndpoints } from './endpoints/others.ts';
import { statusEndpoints } from './endpoints/status.ts';

/** Of metrics_listen. */
export { observationEndpoints };

export const endpoints: readonly Endpoint[] = [
  ...observationEndpoints,
  ...statusEndpoints,
  ...liveEndpoints,
  ...listEndpoints,
  ...changeEndpoints,
  ...otherEndpoints,
];
