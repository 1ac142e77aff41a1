/** Declares the intake of datagrams: its setting and its options. */
import { choice, duration } from '../option/types.ts';
import type { SocketFile } from '../os/socket-file.ts';
import { defineIntake } from './intake.ts';

export interface DatagramSetting extends SocketFile {
  readonly transport: 'datagram';
  /** Names the socket in all of the configuration, as it is written there. */
  readonly name: string;
  /** Requests are stored before they are taken out of the kernel's queue. */
  readonly storeFirst?: true;
  /** For so long, in milliseconds, a few requests wait for others, to be stored together. */
  readonly delayMs?: number;
  /** The default of notifysocket: nobody has asked for it. */
  readonly byDefault?: true;
}

export const datagramOptions = {
  datagram_commit: choice(
    {
      description:
        'When belfry stores a datagram. `after-read`: within milliseconds after it was read; a kill (SIGKILL) loses those that belfry has read and not yet stored. `before-read`: before belfry removes it from the queue of the kernel; if systemd or Cyrus master holds the socket, a kill loses nothing.',
      details:
        'with `after-read` the mail server never waits for the disk. With `before-read` it waits while the queue (net.unix.max_dgram_qlen) is full: with a queue of 10, belfry received at most about 1,500 events a second instead of 18,500, and `sendto` waited up to 65 ms instead of 30. belfry recognises a datagram that it stored just before a kill, and does not store it again.',
      default: 'after-read',
    },
    ['after-read', 'before-read'],
  ),
  datagram_commit_delay: duration(
    {
      description:
        'How long belfry waits for further datagrams after it has read one, so that one write to the disk stores all of them. It does not wait when it has 64 or more, nor when each of the last two datagrams came at least this long after the one before. At 1,000 events a second about four share a write; at full speed nothing changes. The mail server never waits for it. The price: each event is delivered later by up to this time, and if belfry is killed (SIGKILL) or the power fails, the datagrams of this time are lost too. `0`: belfry stores each datagram at once. Requests whose sender waits for an answer (HTTP, the stream), and datagrams with `datagram_commit: before-read`, never wait.',
      default: '4ms',
    },
    { max: 100 },
  ),
};

export const datagram = defineIntake<DatagramSetting>({
  name: 'datagram',
  options: datagramOptions,
  thread: 'append',
  async open(setting, services) {
    const { openDatagramIntake } = await import('./datagram.ts');
    const intake = openDatagramIntake({ ...services, ...setting, address: setting.path });
    return { intake, renew: (renewed) => () => intake.renew(renewed) };
  },
});
