/** Delivers mail by LMTP as a mail transfer agent does, and measures how long it waits for the answer. */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/**
 * Delivers one mail in a connection of its own. Answers with the milliseconds from the mail with its final dot to the
 * reply for the last recipient. Rejects unless every recipient got it.
 */
export async function deliver(port: number, users: readonly string[], subject: string | Buffer): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  // Otherwise it is the delays of TCP that are measured.
  socket.setNoDelay(true);
  socket.setTimeout(240_000, () => socket.destroy(new Error('the LMTP server has said nothing for 240 s')));
  try {
    return await session(socket, users, subject);
  } finally {
    socket.destroy();
  }
}

async function session(socket: Socket, users: readonly string[], subject: string | Buffer): Promise<number> {
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const reply = async (): Promise<string> => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error('the LMTP server has hung up');
      if (value[3] !== '-') return value;
    }
  };
  const ask = async (command: string, expected: string): Promise<void> => {
    socket.write(`${command}\r\n`);
    const answer = await reply();
    if (!answer.startsWith(expected)) throw new Error(`${command.split('\r\n').at(-1)}: ${answer}`);
  };
  await reply();
  await ask('LHLO sender.test', '250');
  await ask('MAIL FROM:<bob@example.org>', '250');
  for (const user of users) await ask(`RCPT TO:<${user}>`, '250');
  await ask('DATA', '354');
  const before = `From: bob@example.org\r\nTo: ${users.join(', ')}\r\nSubject: `;
  const after = `\r\nMessage-ID: <${process.hrtime.bigint()}@sender.test>\r\n\r\nSome text.\r\n.\r\n`;
  const mail = Buffer.concat([Buffer.from(before), Buffer.from(subject), Buffer.from(after)]);
  const from = performance.now();
  socket.write(mail);
  for (const user of users) {
    const answer = await reply();
    if (!answer.startsWith('250')) throw new Error(`${user}: ${answer}`);
  }
  const waitedMs = performance.now() - from;
  socket.write('QUIT\r\n');
  return waitedMs;
}
