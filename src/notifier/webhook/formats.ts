/** The table of body formats: a new format is a file beside this one, and its line here. */
import { withSortedNames, writeJson } from '../../base/event.ts';
import type { BodyFormat, FormatContext, Write } from './body-format.ts';
import { type BodyValues, formatOf, partsOf } from './body-options.ts';
import { cloudEventsBatchFormat, cloudEventsBinaryFormat, cloudEventsFormat } from './cloudevents-format.ts';
import { envelopeFormat, ndjsonFormat } from './envelope-format.ts';
import { eventFormat } from './event-format.ts';
import { oxFormat } from './ox-format.ts';
import { standardFormat } from './standard-format.ts';
import { changedFormat, templateFormat } from './template-format.ts';

/** `values` have no mistake (`bodyProblems`). `sorted`: whether the names of each object in the body are sorted. */
export function openFormat(values: BodyValues, context: FormatContext, sorted: boolean): BodyFormat {
  return changedFormat(formatNamed(values, context, sorted), context, partsOf(values));
}

function formatNamed(values: BodyValues, context: FormatContext, sorted: boolean): BodyFormat {
  const name = formatOf(values);
  const write: Write = sorted ? (value) => writeJson(withSortedNames(value)) : writeJson;
  switch (name) {
    case 'event':
      return eventFormat(context, sorted);
    case 'envelope':
      return envelopeFormat(context, sorted);
    case 'standard':
      return standardFormat(context, write);
    case 'cloudevents':
      return cloudEventsFormat(context, write);
    case 'cloudevents-binary':
      return cloudEventsBinaryFormat(context, eventFormat(context, sorted));
    case 'cloudevents-batch':
      return cloudEventsBatchFormat(context, write);
    case 'ndjson':
      return ndjsonFormat(context, sorted);
    case 'ox':
      return oxFormat(context, write);
    case 'template':
      return templateFormat(context, partsOf(values), write);
  }
}
