/** The table of checks: a new one is a file beside this one, and its line here. */
import type { Check } from './check.ts';
import { clockCheck } from './clock-check.ts';
import { configurationCheck } from './configuration-check.ts';
import { cyrusCheck } from './cyrus-check.ts';
import { cyrusMasterCheck } from './cyrus-master-check.ts';
import { daemonCheck } from './daemon-check.ts';
import { diskCheck } from './disk-check.ts';
import { dovecotCheck } from './dovecot-check.ts';
import { eventCheck } from './event-check.ts';
import { kernelCheck } from './kernel-check.ts';
import { receiversCheck } from './receivers-check.ts';
import { socketsCheck } from './sockets-check.ts';

/** In the order in which an event passes what they examine. */
export const checks: readonly Check[] = [
  ...[configurationCheck, cyrusCheck, cyrusMasterCheck, dovecotCheck, kernelCheck],
  ...[socketsCheck, daemonCheck, diskCheck, clockCheck, receiversCheck, eventCheck],
];
