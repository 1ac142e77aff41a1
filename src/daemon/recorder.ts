/** What a daemon counts and measures from its start to its end, across reloads. */
import { Counts } from '../dispatch/count.ts';
import { LastFailures } from '../dispatch/last-failures.ts';
import { Latencies } from '../metrics/latencies.ts';
import { RequestCounts } from '../metrics/request-counts.ts';

export class Recorder {
  readonly counts = new Counts();
  readonly failures = new LastFailures();
  readonly latencies = new Latencies();
  readonly requests = new RequestCounts();
}
