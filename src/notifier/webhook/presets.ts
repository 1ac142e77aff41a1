/** The presets: what method, path, headers and body a service expects, so that one line configures it. */

export const presetNames = [
  'slack',
  'discord',
  'teams',
  'ntfy',
  'gotify',
  'matrix',
  'apprise',
  'homeassistant',
  'telegram',
] as const;

export type PresetName = (typeof presetNames)[number];

/** As they would be written in the configuration. */
export interface Preset {
  readonly method?: 'PUT';
  readonly path?: string;
  readonly headers?: string;
  readonly body: string;
}

const json = (value: unknown): string => JSON.stringify(value);

/**
 * Where a service knows text without markup, it is that; elsewhere the markup and the mentions of its texts are escaped, so
 * that the subject of a mail can neither notify a whole channel nor look like a link. The lengths are those of the services.
 */
export const presets: Readonly<Record<PresetName, Preset>> = {
  // An incoming webhook. plain_text has no markup; `text` is what a notification shows, in which <!channel> would be read.
  slack: {
    body: json({
      text: '{title|slack|max:200}: {text|slack|max:3000}',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: '{title|max:150}', emoji: false } },
        { type: 'section', text: { type: 'plain_text', text: '{text|max:2900}', emoji: false } },
      ],
      unfurl_links: false,
      unfurl_media: false,
    }),
  },
  // content has 2,000 characters; flag 4 suppresses embeds.
  discord: {
    body: json({
      content: '{title|markdown|max:200}\n{text|markdown|max:1700}',
      allowed_mentions: { parse: [] },
      flags: 4,
    }),
  },
  // A workflow "when a webhook request is received". A RichTextBlock has no Markdown.
  teams: {
    body: json({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          contentUrl: null,
          content: {
            $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
            type: 'AdaptiveCard',
            version: '1.4',
            body: [
              { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: '{title|max:200}', weight: 'bolder' }] },
              { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: '{text|max:4000}' }] },
            ],
          },
        },
      ],
    }),
  },
  // The URL names the topic. A message of more than 4,096 bytes would become an attachment.
  ntfy: { path: '?title={title|max:200}&tags=email', headers: 'content-type: text/plain', body: '{text|max:1000}' },
  gotify: {
    path: '/message',
    body: json({
      title: '{title|max:200}',
      message: '{text|max:4000}',
      priority: 5,
      extras: { 'client::display': { contentType: 'text/plain' } },
    }),
  },
  // The URL ends with the room. The id is the transaction id: a repeated request has no effect.
  matrix: {
    method: 'PUT',
    path: '/send/m.room.message/{id}',
    body: json({ msgtype: 'm.text', body: '{title|max:200}\n{text|max:8000}', 'm.mentions': {} }),
  },
  apprise: { body: json({ title: '{title|max:200}', body: '{text|max:4000}', type: 'info', format: 'text' }) },
  homeassistant: {
    body:
      '{"event": {event}, "title": "{title|max:200}", "message": "{text|max:2000}", "user": {user}, "folder": {folder}, ' +
      '"from": {from}, "fromName": {fromName}, "subject": {subject}, "receivedAt": {receivedAt}}',
  },
  // The URL ends with the token and names the chat: …/bot123:ABC?chat_id=-100123. Without parse_mode there is no markup.
  telegram: {
    path: '/sendMessage',
    body: json({ text: '{title|max:200}\n{text|max:3800}', link_preview_options: { is_disabled: true } }),
  },
};
