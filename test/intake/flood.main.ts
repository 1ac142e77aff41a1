/** Sends numbered datagrams under a name, as fast as they are taken. */
import { openDatagramSender } from '../../src/os/datagram-sender.ts';

const [path = '', name = '', count = '0'] = process.argv.slice(2);
const sender = openDatagramSender(path);
for (let number = 0; number < Number(count); number += 1) await sender.send(Buffer.from(`${name} ${number}`));
sender.close();
