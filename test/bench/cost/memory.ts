/** A row: resident memory, at rest and while events wait for a receiver that hangs. BACKLOG changes how many in the end. */
import { startReceiver } from '../../e2e/receiver.ts';
import { defineRow } from './row.ts';

const few = 100_000;
const many = Number(process.env['BACKLOG'] ?? 2_000_000);
const mebibyte = 2 ** 20;

export const memory = defineRow({
  name: 'memory',
  figures: {
    rest: { what: 'resident memory at rest', unit: 'MiB', before: '125', target: 130 },
    few: { what: 'resident memory, 100,000 waiting', unit: 'MiB', before: '164', target: 140 },
    many: { what: `resident memory, ${many.toLocaleString('en')} waiting`, unit: 'MiB', before: '169', target: 150 },
  },
  rounds: 1,
  async measure({ serve, sender, scale, defer }) {
    const hanging = await startReceiver('hang', defer);
    const { daemon, socket } = await serve(() => [
      ...['notifiers: stuck', 'stuck_method: webhook', `stuck_webhook_url: ${hanging.url}`],
      ...['stuck_attempt_timeout: 30m', 'spool_max_size: 20G'],
    ]);
    const resident = async () => ({ value: (await daemon.memory()).now / mebibyte });
    const rest = await resident();
    await sender.send(socket, few * scale);
    const afterFew = await resident();
    await sender.send(socket, (many - few) * scale);
    return { rest, few: afterFew, many: await resident() };
  },
});
