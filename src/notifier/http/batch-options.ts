/** The options of batches: how many notifications one request holds, and how long it waits for them. */
import { error, type OptionProblem } from '../../option/problem.ts';
import { duration, integer, size } from '../../option/types.ts';

export const batchOptions = {
  batch: integer(
    {
      description: 'The most notifications in one request. It needs a format that takes several.',
      details:
        'where it is more than 1, a request holds what waits at that moment, up to this number; see webhook_batch_delay. Of a mailbox nothing is sent while a request with an earlier notification of it is in progress. After a status 2xx all of them are delivered, except those that the answer names: `{"failed": [{"id": "…", "status": "retry", "reason": "…"}]}`, where the status is `retry` or `rejected`. A request that is answered 400, 413 or 422 is sent again in halves, until the notification that the receiver refuses is alone; it becomes a dead letter. After any other failure belfry tries the same request again, and if the receiver fails again with the request in its hands (5xx except 503, 409, no answer) it halves it as well, so that the one that makes it fail holds back only its own mailbox.',
      default: '1',
    },
    { min: 1, max: 1000 },
  ),
  batch_bytes: size(
    {
      description:
        'The largest body of a request with several notifications. One that is larger by itself is sent alone.',
      default: '1m',
    },
    { min: 1024, max: 64 * 1024 * 1024 },
  ),
  batch_delay: duration(
    {
      description:
        'How long a notification waits for others, so that the request holds webhook_batch of them. With 0 a request holds what waits when the one before it has been answered.',
      default: '0',
    },
    { max: 3_600_000 },
  ),
};

/** The values, where a request may hold several notifications. */
export interface BatchValues {
  readonly batch: number;
  readonly batch_bytes: number;
  readonly batch_delay: number;
}

/** `takesSeveral`: whether one request of the format can hold several notifications. */
export function batchProblems({ batch }: Pick<BatchValues, 'batch'>, takesSeveral: boolean): readonly OptionProblem[] {
  if (batch === 1 || takesSeveral) return [];
  const message = 'a request of this webhook_format holds one notification';
  return [{ option: 'batch', ...error(message, 'set webhook_format to envelope, ndjson or cloudevents-batch') }];
}
