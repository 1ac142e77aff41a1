/** Declares the intake of datagrams: its setting and its options. */
import { choice } from '../option/kinds.ts';
import { defineIntake } from './intake.ts';

export interface DatagramSetting {
  readonly transport: 'datagram';
  /** Names the socket in all of the configuration, as it is written there. */
  readonly name: string;
  /** A path, at most 107 bytes, relative to the working directory or not; or `@name` of the abstract namespace. */
  readonly path: string;
  /** Permissions of the socket's file. */
  readonly mode: number;
  /** Name or number of its group; absent for that of the daemon. */
  readonly group?: string;
  /** Requests are stored before they are taken out of the kernel's queue. */
  readonly storeFirst?: true;
  /** The default of notifysocket: nobody has asked for it. */
  readonly byDefault?: true;
}

export const datagramOptions = {
  datagram_commit: choice(
    {
      description:
        'When a datagram is stored. `after-read`: the kernel gives it to belfry, which stores it within milliseconds; the mail server never waits for the disk, and SIGKILL can lose what was read and not yet stored. `before-read`: it is stored before it is taken out of the queue of the kernel, so that on a socket that systemd or Cyrus master holds, SIGKILL loses nothing that the mail server has sent; while the queue (net.unix.max_dgram_qlen) is full, the mail server waits for a commit: measured with a queue of 10, at most some 1,500 events a second went through instead of 18,500 and `sendto` slept up to 65 ms instead of 30. What was stored right before a crash is recognised and not stored twice.',
      default: 'after-read',
    },
    ['after-read', 'before-read'],
  ),
};

export const datagram = defineIntake<DatagramSetting>({
  name: 'datagram',
  options: datagramOptions,
  thread: 'append',
  async open({ path, mode, group, storeFirst = false }, services) {
    const { openDatagramIntake } = await import('./datagram.ts');
    const intake = openDatagramIntake({
      ...{ ...services, address: path, mode, storeFirst },
      ...(group === undefined ? {} : { group }),
    });
    return { intake, renew: (renewed) => () => intake.renew(renewed.storeFirst ?? false) };
  },
});
