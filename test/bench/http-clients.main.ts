/**
 * Clients that keep an intake over HTTP busy until they are killed: `http-clients.main.ts URL CLIENTS BYTES`. For each
 * answer a line, with its status and the number of events that it is about.
 */
import { Pool } from 'undici';

const [address = '', clients = '8', bytes = '4000000'] = process.argv.slice(2);
const { origin, pathname } = new URL(address);
const pool = new Pool(origin, { connections: Number(clients) });
const one = JSON.stringify({
  ...{ event: 'MessageRead', uri: 'imap://imap.example.org/user/u1;UIDVALIDITY=1795242541/;UID=1', uidset: '1' },
  ...{ user: 'u1', messages: 100, 'vnd.example.padding': 'x'.repeat(300) },
});
const events = Math.floor(Number(bytes) / (one.length + 1));
const body = `[${Array.from({ length: events }, () => one).join(',')}]`;
const headers = { 'content-type': 'application/json' };

async function client(): Promise<never> {
  for (;;) {
    const answer = await pool.request({ method: 'POST', path: pathname, headers, body });
    await answer.body.dump();
    process.stdout.write(`${answer.statusCode} ${events}\n`);
  }
}

await Promise.all(Array.from({ length: Number(clients) }, client));
