/** The options of method webhook that say what its requests are made of. */
import type { Secret } from '../../base/secret.ts';
import { option } from '../../option/option.ts';
import { error, type OptionProblem } from '../../option/problem.ts';
import { secretOptions } from '../../option/secret.ts';
import { choice, text } from '../../option/types.ts';
import type { FileNeed } from '../notifier.ts';
import { readBy } from '../read-by.ts';
import { type PresetName, presetNames, presets } from './presets.ts';
import { contentTypeOf, methodNames, parseBody, parsePath, type RequestParts, variesBy } from './request-parts.ts';
import { parseSigningKeys } from './signing-keys.ts';
import { type HeaderTemplate, parseHeaders } from './template/header-template.ts';
import type { PathTemplate } from './template/path-template.ts';

export const formatNames = [
  'event',
  'envelope',
  'standard',
  'cloudevents',
  'cloudevents-binary',
  'cloudevents-batch',
  'ndjson',
  'ox',
  'template',
] as const;

export type FormatName = (typeof formatNames)[number];

/** Those of which one request can hold several notifications. */
const severalFormats: readonly FormatName[] = ['envelope', 'cloudevents-batch', 'ndjson'];

export interface BodyValues {
  readonly preset: PresetName | undefined;
  readonly format: FormatName | undefined;
  readonly http_method: RequestParts['method'];
  readonly path: ((url: URL) => PathTemplate) | undefined;
  readonly headers: readonly HeaderTemplate[] | undefined;
  readonly body: string | undefined;
  readonly secret: Secret | undefined;
}

/** The format in force: where none is written, that of a template if there is one. */
export function formatOf({ format, preset, body }: BodyValues): FormatName {
  return format ?? (preset !== undefined || body !== undefined ? 'template' : 'event');
}

export function takesSeveral(values: BodyValues): boolean {
  return severalFormats.includes(formatOf(values));
}

/** What is written, and else what the preset says; of the headers, of each name. */
export function partsOf({ preset, http_method: method, path, headers, body }: BodyValues): RequestParts {
  const given = preset === undefined ? undefined : presets[preset];
  return {
    method: method ?? given?.method,
    path: path ?? (given?.path === undefined ? undefined : sound(parsePath(given.path))),
    headers: mergedHeaders(given?.headers, headers ?? []),
    body: body ?? given?.body,
  };
}

function mergedHeaders(preset: string | undefined, written: readonly HeaderTemplate[]): readonly HeaderTemplate[] {
  const given = preset === undefined ? [] : sound(parseHeaders(preset));
  return [...given.filter(({ name }) => !written.some((header) => header.name === name)), ...written];
}

function sound<T>(parsed: { readonly value: T } | { readonly wrong: string }): T {
  if ('wrong' in parsed) throw new Error(`a preset is wrong: ${parsed.wrong}`);
  return parsed.value;
}

/** What a preset stands for, by the options that it sets, for `belfry check`. */
export function impliedByPreset({ preset }: Pick<BodyValues, 'preset'>): Readonly<Record<string, string>> {
  if (preset === undefined) return {};
  const { method = 'POST', ...others } = presets[preset];
  return { format: 'template', http_method: method, ...others };
}

export const bodyOptions = {
  preset: choice(
    {
      description: 'The service that receives the requests: it sets the method, the path, the headers and the body.',
      details:
        'an option that is written replaces its part; of headers, those of the same name. belfry check -n shows what a preset stands for. docs/webhook-services.md has a configuration for each service.',
      absent: 'none',
      example: 'slack',
    },
    presetNames,
  ),
  // Not `method`: webhook_method is the option method of a notifier that is called webhook.
  http_method: choice(
    {
      description: 'The method of the requests. A GET has no body.',
      absent: 'POST, or that of the format or the preset',
      example: 'PUT',
    },
    methodNames,
  ),
  path: option('text', readBy(parsePath), {
    description: 'What is appended to the path of the URL, and after a ? to its query. It can name values: {user}.',
    details:
      'values are percent-encoded, also / and ?. A notification for which a segment would be empty, . or .. is rejected.',
    absent: 'nothing, or that of the preset',
    prose: true,
    example: '/rooms/{user}?title={title}',
  }),
  headers: option('text', readBy(parseHeaders), {
    description: 'A further header, or several, each in double quotes. They can name values: {mailbox}.',
    details:
      'a header replaces that of the preset or the format with the same name, and one without a value, "X-Name:", removes it. In values, what is not printable ASCII and the characters % " \\ , and ; are percent-encoded. A content-type says how the values in webhook_body are escaped: JSON, text/plain or application/x-www-form-urlencoded.',
    absent: 'none, or those of the preset',
    prose: true,
    example: '"X-Event: {event}" "X-Mailbox: {mailbox}"',
  }),
  body: text({
    description: 'A template of the body, with names of values in braces: {"text": "New mail: {subject}"}.',
    details:
      'a body of JSON is read as JSON first: a name within a string becomes a part of that string, a name that stands alone a value. docs/webhook.md lists the names.',
    absent: 'that of the format or the preset',
    prose: true,
    example: '{"event": {event}, "text": "{fromName}: {subject|max:100}"}',
  }),
  format: choice(
    {
      description: 'What the body of a request is.',
      details:
        'event: the event as its sender wrote it. envelope: an object with the event in it, and the mailbox, its owner and the UIDs in members of their own. standard: {type, timestamp, data} of Standard Webhooks. cloudevents, cloudevents-binary: one CloudEvent. cloudevents-batch: an array of CloudEvents. ndjson: envelopes as lines. ox: what the OX driver of Dovecot sends, for new messages in an INBOX only. template: webhook_body.',
      absent: 'event; template with webhook_body or a preset',
      example: 'envelope',
    },
    formatNames,
  ),
  ...secretOptions('secret', {
    description: 'The keys that sign each request (Standard Webhooks 1.0), separated by blanks, the current key first.',
    details:
      'whsec_ and 24 to 64 bytes in base64 is a key of HMAC-SHA256, whsk_ and 32 bytes in base64 a private key of ed25519. Every key makes a signature: while a key is being replaced, name the new one and the old one.',
    absent: 'requests are not signed',
    example: 'credential:crm-webhook-key',
  }),
};

/** What is wrong with the template and the keys that stand in the configuration itself, and what cannot be used together. */
export function bodyProblems(values: BodyValues & { readonly batch: number }): readonly OptionProblem[] {
  const { secret, body, batch } = values;
  const problems: OptionProblem[] = [];
  const fail = (name: string, message: string, remedy: string): void => {
    problems.push({ option: name, ...error(message, remedy) });
  };
  const keys = secret !== undefined && 'text' in secret ? parseSigningKeys(secret.text) : undefined;
  if (keys !== undefined && 'wrong' in keys)
    fail('secret', keys.wrong, 'make a key with: echo "whsec_$(openssl rand -base64 24)"');
  const parts = partsOf(values);
  const isTemplate = formatOf(values) === 'template';
  if (isTemplate && parts.body === undefined && parts.method !== 'GET') {
    fail('format', 'the format template needs a webhook_body', 'write one, or use a webhook_preset');
  }
  if (!isTemplate && body !== undefined) {
    fail('body', 'only the format template has a webhook_body', 'remove webhook_format, or this');
  }
  const type = parts.headers.find(({ name }) => name === 'content-type');
  if (type?.names) fail('headers', 'the content-type cannot name values', 'write it without names');
  const template = isTemplate && parts.body !== undefined ? parseBody(parts.body, contentTypeOf(parts)) : undefined;
  if (template !== undefined && 'wrong' in template) {
    const option = body === undefined ? 'headers' : 'body';
    fail(option, `${template.wrong} (at character ${template.at + 1} of webhook_body)`, 'see docs/webhook.md');
  }
  if (batch > 1 && variesBy(parts)) {
    fail('batch', 'path and headers name values, which differ within a batch', 'remove the names or webhook_batch');
  }
  return problems;
}

/** The file of the keys, which `check` reads. */
export function keysNeed({ secret_file: path }: { readonly secret_file: string | undefined }): readonly FileNeed[] {
  const mistakeIn = (line: string): string | undefined => {
    const keys = parseSigningKeys(line);
    return 'wrong' in keys ? keys.wrong : undefined;
  };
  return path === undefined ? [] : [{ option: 'secret_file', path, use: 'secret', mistakeIn }];
}
