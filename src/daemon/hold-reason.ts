/** What would hold an event back before it is delivered, in words, for `belfry explain`: dispatch decides it by time. */
import type { MailEvent } from '../base/event.ts';
import type { NotifierConfiguration } from '../config/configuration.ts';
import type { FilterReason } from '../filter/filter.ts';
import { formatDuration } from '../option/number-syntax.ts';

/** As `Holding.place` of dispatch asks for them: messages that may be read first, then one of the others. */
const newMessages = ['MessageNew', 'MessageAppend'];

/** Undefined where a notifier holds nothing back. */
export function holdReasonOf({
  name,
  method,
  values,
  dispatch: { hold },
}: NotifierConfiguration): ((event: MailEvent) => FilterReason | undefined) | undefined {
  const reason = (option: string, detail: string): FilterReason => ({ option: `${name}_${option}`, detail });
  const digestMs = values['digest'];
  const all = (): FilterReason | undefined => {
    if (hold?.debounceMs !== undefined) {
      return reason('debounce', `it waits until its ${hold.by} has been quiet for ${formatDuration(hold.debounceMs)}`);
    }
    if (hold?.throttle !== undefined) {
      const { count, perMs } = hold.throttle;
      const which = count === 1 ? 'the first' : `the first ${count}`;
      return reason('throttle', `${which} of its ${hold.by} in ${formatDuration(perMs)} at once, the others as one`);
    }
    if (typeof digestMs !== 'number') return undefined;
    return reason(`${method.name}_digest`, `it waits for the mail of its user, one each ${formatDuration(digestMs)}`);
  };
  const { unlessReadMs } = hold ?? {};
  if (unlessReadMs === undefined) return all() === undefined ? undefined : all;
  const ifRead = reason(
    'unless_read',
    `it waits ${formatDuration(unlessReadMs)}, and is filtered if it is read meanwhile`,
  );
  return ({ event }) => (newMessages.includes(event) ? ifRead : all());
}
