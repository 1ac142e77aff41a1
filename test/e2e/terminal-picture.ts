/** What a command writes to a real terminal, as a page that a browser can take a picture of. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { belfryProgram } from '../support/built.ts';

/** xterm's colours, a little calmer. */
const colours: Readonly<Record<string, string>> = { 31: '#f28b82', 32: '#81c995', 33: '#fdd663', 90: '#9aa0a6' };

/** Runs belfry with these words in a terminal of so many columns for `ms`; the last screen, with its escape sequences. */
export async function lastScreen(words: readonly string[], columns: number, ms: number): Promise<string> {
  const command = [process.execPath, ...belfryProgram, ...words].map((word) => `'${word}'`).join(' ');
  const child = spawn(
    'script',
    ['-qec', `stty cols ${columns} rows 40; timeout ${ms / 1000} ${command}`, '/dev/null'],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, TERM: 'xterm-256color' },
    },
  );
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(child, 'close');
  const control = '\u001b[';
  const [screen = ''] = text.split(`${control}?25h`);
  return (screen.split(`${control}H`).at(-1) ?? '').split(`${control}J`)[0] ?? '';
}

/** A page with the text as a terminal shows it, under the command that made it. */
export function terminalPage(command: string, screen: string): string {
  const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  let html = '';
  let open = 0;
  for (const part of screen.replaceAll('\r', '').split('\u001b[')) {
    const [, codes, rest] = /^([\d;]*)m(.*)$/s.exec(part) ?? [];
    if (codes === undefined) {
      // The beginning, or a sequence without a colour.
      html += escaped(part.replace(/^K/, ''));
      continue;
    }
    for (const code of codes.split(';')) {
      const style = code === '1' ? 'font-weight:bold' : code === '2' ? 'opacity:.65' : `color:${colours[code] ?? ''}`;
      if (['1', '2', ...Object.keys(colours)].includes(code)) {
        html += `<span style="${style}">`;
        open++;
      } else if (open > 0) {
        html += '</span>';
        open--;
      }
    }
    html += escaped(rest ?? '');
  }
  const look = 'margin:0;padding:18px 22px;font:14px/1.45 ui-monospace,DejaVu Sans Mono,monospace;display:inline-block';
  return `<body style="margin:0;background:#1b1f24"><pre style="${look};color:#e8eaed;background:#1b1f24"><span style="color:#9aa0a6"># ${escaped(command)}</span>\n${html}</pre>`;
}
