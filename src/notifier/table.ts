/** The table of methods: a new method is a file beside this one, and its line here. */
import { amqp } from './amqp.ts';
import { exec } from './exec.ts';
import { log } from './log.ts';
import { mailto } from './mailto.ts';
import { mqtt } from './mqtt.ts';
import { nats } from './nats.ts';
import type { Method } from './notifier.ts';
import { nullMethod } from './null.ts';
import { redis } from './redis.ts';
import { script } from './script.ts';
import { syslog } from './syslog.ts';
import { webhook } from './webhook.ts';

/** Every method, in the order of the reference. No two share a name or an alias. */
export const methods: readonly Method[] = [
  ...[nullMethod, log, mailto, exec, script, webhook],
  ...[syslog, redis, nats, mqtt, amqp],
];
