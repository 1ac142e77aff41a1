/** What belfry publishes for other programs, by the names of the files: the schemas of the events, their types, and the AsyncAPI document. */
import { writeIndentedJson } from '../src/base/event.ts';
import { version } from '../src/base/version.ts';
import { bundleSchemas } from '../src/schema/bundle.ts';
import { loadSchemas } from '../src/schema/load-schemas.ts';
import { asyncApi } from './asyncapi.ts';
import { eventTypes } from './event-types.ts';

export interface Published {
  readonly 'events.schema.json': string;
  readonly 'events.asyncapi.json': string;
  /** Stands in `types/`, under version control, because every change to it concerns those who compile against it. */
  readonly 'events.d.ts': string;
}

export async function published(): Promise<Published> {
  const { events, whole, shared } = await bundleSchemas();
  const catalogue = (await loadSchemas()).catalogue();
  return {
    'events.schema.json': `${writeIndentedJson(whole)}\n`,
    'events.asyncapi.json': `${writeIndentedJson(asyncApi(events, catalogue, version()))}\n`,
    'events.d.ts': eventTypes({ events, shared }, catalogue),
  };
}
