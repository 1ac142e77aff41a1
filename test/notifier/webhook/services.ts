/**
 * Stand-ins for the services of the presets: each checks a request against the service's documentation, and answers as the
 * service does. `shown` is what a person would see.
 */

export interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: string;
}

/** Answers what a person would see; throws where the service would answer 4xx. */
export type Service = (request: ServiceRequest) => string;

function ensure(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

type Members = Readonly<Record<string, unknown>>;

/** An object with these members and no others. */
function object(value: unknown, required: readonly string[], optional: readonly string[] = []): Members {
  ensure(typeof value === 'object' && value !== null && !Array.isArray(value), 'expected an object');
  const members = value as Members;
  for (const name of required) ensure(Object.hasOwn(members, name), `${name} is missing`);
  for (const name of Object.keys(members)) ensure([...required, ...optional].includes(name), `${name} is not known`);
  return members;
}

function text(value: unknown, min: number, max: number): string {
  ensure(typeof value === 'string', 'expected a text');
  ensure(String(value).length >= min && String(value).length <= max, `expected ${min} to ${max} characters`);
  return String(value);
}

function jsonOf({ method, headers, body }: ServiceRequest, expected = 'POST'): unknown {
  ensure(method === expected, `expected ${expected}`);
  ensure(headers.get('content-type') === 'application/json', 'expected JSON');
  return JSON.parse(body);
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** https://api.slack.com/messaging/webhooks, Block Kit: a header has 150 characters, a section 3,000. */
const slack: Service = (request) => {
  ensure(/^\/services\/T\w+\/B\w+\/\w+$/.test(request.path), 'not the path of an incoming webhook');
  const message = object(jsonOf(request), ['text'], ['blocks', 'unfurl_links', 'unfurl_media']);
  // Outside plain_text <…> is a mention or a link.
  ensure(!/[<>]|&(?!amp;|lt;|gt;)/.test(text(message['text'], 1, 40_000)), 'text has a control sequence');
  const blocks = list(message['blocks']).map((block, index) => {
    const { type, text: given } = object(block, ['type', 'text']);
    ensure(type === (index === 0 ? 'header' : 'section'), 'another block');
    const { type: kind, text: content, emoji } = object(given, ['type', 'text'], ['emoji']);
    ensure(kind === 'plain_text' && emoji === false, 'expected plain text without emoji');
    return text(content, 1, type === 'header' ? 150 : 3000);
  });
  return blocks.join('\n');
};

/** https://discord.com/developers/docs/resources/webhook#execute-webhook: content has 2,000 characters. */
const discord: Service = (request) => {
  ensure(/^\/api\/webhooks\/\d+\/[\w-]+$/.test(request.path), 'not the path of a webhook');
  const message = object(jsonOf(request), ['content', 'allowed_mentions'], ['flags']);
  const { parse } = object(message['allowed_mentions'], ['parse']);
  ensure(Array.isArray(parse) && parse.length === 0, 'mentions are parsed');
  const content = text(message['content'], 1, 2000);
  ensure(!/(?<!\\)(?:\\\\)*[*_~`|>#@<[\]:]/.test(content), 'content has markup or a mention');
  return content.replace(/\\(.)/gs, '$1');
};

/** Adaptive Cards 1.4 by a workflow of Teams: a TextRun has no Markdown. */
const teams: Service = (request) => {
  const message = object(jsonOf(request), ['type', 'attachments']);
  ensure(message['type'] === 'message', 'expected a message');
  const [attachment] = list(message['attachments']);
  const { contentType, content } = object(attachment, ['contentType', 'content'], ['contentUrl']);
  ensure(contentType === 'application/vnd.microsoft.card.adaptive', 'expected an adaptive card');
  const card = object(content, ['type', 'version', 'body'], ['$schema']);
  ensure(card['type'] === 'AdaptiveCard', 'expected an adaptive card');
  ensure(Buffer.byteLength(request.body) <= 28 * 1024, 'it is larger than 28 KiB');
  const lines = list(card['body']).flatMap((block) => {
    const { type, inlines } = object(block, ['type', 'inlines']);
    ensure(type === 'RichTextBlock', 'a TextBlock has Markdown');
    return list(inlines).map((run) => text(object(run, ['type', 'text'], ['weight'])['text'], 1, 28_000));
  });
  return lines.join('\n');
};

/** https://docs.ntfy.sh/publish/: the path is the topic; title and tags as parameters; a message of 4,096 bytes. */
const ntfy: Service = ({ method, path, query, headers, body }) => {
  ensure(['POST', 'PUT'].includes(method), 'expected POST');
  ensure(/^\/[-_A-Za-z0-9]{1,64}$/.test(path), 'not a topic');
  ensure(
    /^(?:priority,)?title,tags$/.test([...query.keys()].join()) && query.get('tags') === 'email',
    'other parameters',
  );
  ensure(headers.get('content-type') === 'text/plain', 'expected text');
  ensure(Buffer.byteLength(body) <= 4096, 'it would become an attachment');
  return `${query.get('title')}\n${body}`;
};

/** https://gotify.net/docs/pushmsg */
const gotify: Service = (request) => {
  ensure(request.path === '/message', 'not the path');
  ensure(request.headers.get('authorization') === 'Bearer AbCdEf.123', 'no token');
  const message = object(jsonOf(request), ['message'], ['title', 'priority', 'extras']);
  ensure(Number.isInteger(message['priority']), 'expected a priority');
  return `${text(message['title'], 1, 1000)}\n${text(message['message'], 1, 100_000)}`;
};

/** Client-server API 1.11 §10.4.2: PUT with a transaction id; an event has at most 64 KiB. */
const matrix: Service = (request) => {
  const expected = /^\/_matrix\/client\/v3\/rooms\/(?:!|%21)\w+:[\w.]+\/send\/m\.room\.message\/[\w-]+$/;
  ensure(expected.test(request.path), 'not the path');
  ensure(request.headers.get('authorization') === 'Bearer syt_token', 'no token');
  const event = object(jsonOf(request, 'PUT'), ['msgtype', 'body'], ['m.mentions']);
  ensure(event['msgtype'] === 'm.text', 'expected a text');
  object(event['m.mentions'], []);
  ensure(Buffer.byteLength(request.body) <= 60_000, 'the event is too large');
  return text(event['body'], 1, 60_000);
};

/** https://github.com/caronc/apprise-api: POST /notify/KEY */
const apprise: Service = (request) => {
  ensure(/^\/notify\/\w+$/.test(request.path), 'not the path');
  const message = object(jsonOf(request), ['body'], ['title', 'type', 'format', 'tag']);
  ensure(message['type'] === 'info' && message['format'] === 'text', 'another type or format');
  return `${text(message['title'], 0, 1000)}\n${text(message['body'], 1, 100_000)}`;
};

/** https://www.home-assistant.io/docs/automation/trigger/#webhook-trigger: any JSON, which an automation reads. */
const homeassistant: Service = (request) => {
  ensure(/^\/api\/webhook\/[\w-]+$/.test(request.path), 'not the path');
  const names = ['event', 'title', 'message', 'user', 'folder', 'from', 'fromName', 'subject', 'receivedAt'];
  const { title, message } = object(jsonOf(request), names);
  return `${text(title, 1, 1000)}\n${text(message, 1, 10_000)}`;
};

/** https://core.telegram.org/bots/api#sendmessage: the text has 1 to 4,096 characters; parameters may be in the query. */
const telegram: Service = (request) => {
  ensure(/^\/bot\d+:[\w-]+\/sendMessage$/.test(request.path), 'not the path of a method');
  ensure(/^-?\d+$/.test(request.query.get('chat_id') ?? ''), 'there is no chat_id');
  const message = object(jsonOf(request), ['text'], ['link_preview_options']);
  return text(message['text'], 1, 4096);
};

export const services: Readonly<Record<string, Service>> = {
  slack,
  discord,
  teams,
  ntfy,
  gotify,
  matrix,
  apprise,
  homeassistant,
  telegram,
};
