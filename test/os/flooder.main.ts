/** Sends datagrams to the socket that is named, one after the other, for ever. */
import { openDatagramSender } from '../../src/os/datagram-sender.ts';

const sender = openDatagramSender(process.argv[2] ?? '');
for (let number = 0; ; number += 1) await sender.send(Buffer.from(String(number)));
