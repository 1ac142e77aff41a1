import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { openDlistIntake } from '../../../src/intake/dlist/dlist-stream.ts';
import { intakeContract } from '../../contract/intake.ts';
import { scratchDirectory } from '../../os/scratch.ts';
import { defaults, notify } from './peer.ts';

const path = join(scratchDirectory(), 'd');

intakeContract('dlist', async () => {
  const intake = await openDlistIntake({ ...defaults, path });
  const sockets = new Set<Socket>();
  return {
    intake,
    request: (number) => notify(`{"event":"Login","number":${number}}`),
    send: (request) =>
      new Promise((resolve, reject) => {
        const socket = createConnection(path);
        sockets.add(socket);
        socket.resume();
        socket.on('error', reject);
        socket.on('close', () => sockets.delete(socket));
        socket.on('connect', () => socket.write(request, () => resolve()));
        // As Cyrus does, once it has its answer.
        socket.once('data', () => socket.end());
      }),
    async dispose() {
      for (const socket of sockets) socket.destroy();
    },
  };
});
