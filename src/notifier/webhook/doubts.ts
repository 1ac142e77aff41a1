/** Warnings about a webhook: settings that can be meant, and yet probably do not do what they should. */
import type { Secret } from '../../base/secret.ts';
import { type OptionProblem, warning } from '../../option/problem.ts';
import type { PresetName } from './presets.ts';
import type { RequestParts } from './request-parts.ts';

interface Values {
  readonly url: URL;
  readonly authorization: Secret | undefined;
  readonly token: Secret | undefined;
  readonly preset: PresetName | undefined;
  readonly format: string | undefined;
  readonly http_method: RequestParts['method'];
  readonly headers: RequestParts['headers'] | undefined;
  readonly body: string | undefined;
}

/** What must stand in the path of the URL, for services whose URL says whom a message is for. */
const pathOf: Readonly<Partial<Record<PresetName, string>>> = {
  slack: 'copy the whole URL of the incoming webhook: https://hooks.slack.com/services/…',
  discord: 'copy the whole URL of the webhook: https://discord.com/api/webhooks/…',
  teams: 'copy the whole URL of the workflow',
  ntfy: 'add the topic: https://ntfy.example.org/TOPIC',
  matrix: 'add the room: https://HOST/_matrix/client/v3/rooms/!ROOM:HOST',
  apprise: 'add the key: http://HOST:8000/notify/KEY',
  homeassistant: 'add the webhook id: http://HOST:8123/api/webhook/ID',
  telegram: 'add the token and the chat: https://api.telegram.org/botTOKEN?chat_id=ID',
};

export function doubts(values: Values): readonly OptionProblem[] {
  const { url, authorization, token, preset, format, http_method: method, headers = [], body } = values;
  const problems: OptionProblem[] = [];
  const warn = (option: string, message: string, remedy: string): void => {
    problems.push({ option, ...warning(message, remedy) });
  };
  if (/^(?:Bearer|Basic|Token) /i.test(textOf(token))) {
    warn(
      'token',
      'the token begins with a scheme, and belfry adds Bearer',
      'leave the scheme out, or use webhook_authorization',
    );
  }
  if (/^[^\s]+$/.test(textOf(authorization))) {
    warn('authorization', 'it has no scheme such as Bearer', 'write Bearer TOKEN, or use webhook_token');
  }
  const missing = preset === undefined || url.pathname !== '/' ? undefined : pathOf[preset];
  if (missing !== undefined) warn('url', `the URL has no path, which ${preset} needs`, missing);
  if (preset !== undefined && format !== undefined && format !== 'template') {
    const message = `webhook_format: ${format} takes the place of what ${preset} expects as the body`;
    warn('format', message, 'remove webhook_format, or webhook_preset');
  }
  if (method === 'GET' && (body !== undefined || preset !== undefined)) {
    const from = body === undefined ? `that of ${preset}` : 'webhook_body';
    warn('http_method', `a GET has no body, so ${from} is not sent`, 'use POST');
  }
  if (headers.some(({ name }) => name === 'host')) {
    const message = 'the receiver gets another host name than that of the URL; TLS still checks that of the URL';
    warn('headers', message, 'remove the Host header unless a server behind a proxy needs it');
  }
  return problems;
}

/** Of a secret that stands in the configuration itself. */
function textOf(secret: Secret | undefined): string {
  return secret !== undefined && 'text' in secret ? secret.text : '';
}
