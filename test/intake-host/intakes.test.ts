/** Intakes by the requests that opened them. */
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import type { RawRequest } from '../../src/base/request.ts';
import type { DatagramSetting } from '../../src/intake/datagram-kind.ts';
import { openDatagramSender } from '../../src/os/datagram-sender.ts';
import { scratchDirectory } from '../os/scratch.ts';
import { hostHere } from './host-here.ts';

const directory = scratchDirectory();

it('stops the one that is meant, also where another has been opened under its name since', async () => {
  const taken: string[] = [];
  const fail = (reason: string): never => {
    throw new Error(reason);
  };
  const accept = async (requests: readonly RawRequest[]) => {
    for (const { bytes } of requests) taken.push(Buffer.from(bytes).toString());
    return { idOf: String };
  };
  const host = hostHere<DatagramSetting>({
    log: pino({ enabled: false }),
    accept,
    onSocketShutDown: fail,
    onFailure: fail,
  });
  onTestFinished(() => host.close());
  const path = join(directory, 'socket');
  const setting: DatagramSetting = { transport: 'datagram', name: path, path, mode: 0o600 };
  const first = await host.listen(setting);
  await first.stop();
  const second = await host.listen(setting);
  expect(second.id).not.toBe(first.id);
  expect(await first.stop()).toEqual({ received: 0, truncated: 0, lost: 0 });

  const sender = openDatagramSender(path);
  onTestFinished(() => sender.close());
  await sender.send(Buffer.from('still read'));
  await expect.poll(() => taken).toEqual(['still read']);
  // One that has ended is nobody's to renew.
  await host.renew([[first, { ...setting, storeFirst: true }]]);
  expect(await second.stop()).toEqual({ received: 1, truncated: 0, lost: 0 });
});
