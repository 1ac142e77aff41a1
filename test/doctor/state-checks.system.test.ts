/** The checks of what is running: sockets, daemon, event, disk, clock. With a daemon in this process, so it waits for the disk. */

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clockCheck } from '../../src/doctor/clock-check.ts';
import { configurationCheck } from '../../src/doctor/configuration-check.ts';
import { daemonCheck } from '../../src/doctor/daemon-check.ts';
import { diskCheck } from '../../src/doctor/disk-check.ts';
import { eventCheck } from '../../src/doctor/event-check.ts';
import { receiversCheck } from '../../src/doctor/receivers-check.ts';
import { socketsCheck } from '../../src/doctor/sockets-check.ts';
import { isNullHarmless, testRequest } from '../../src/doctor/test-request.ts';
import { leaveStaleFile, scratchDirectory } from '../os/scratch.ts';
import { doctorContext, findingsOf, wrongIn } from './doctor-context.ts';

const directory = scratchDirectory();
const at = (name: string): string => join(directory, name);
const own = (...lines: readonly string[]) => ({
  '/etc/belfry.conf': [`configdirectory: ${directory}`, `notifysocket: ${at('notify')}`, ...lines],
});

describe('without a daemon', () => {
  it('nobody answers, nobody receives, and no event is sent', async () => {
    const context = doctorContext(own());
    expect(await wrongIn(daemonCheck, context)).toEqual(['fault /etc/belfry.conf:1 configdirectory']);
    expect(await wrongIn(socketsCheck, context)).toEqual(['fault /etc/belfry.conf:2 notifysocket']);
    expect(await wrongIn(eventCheck, context)).toEqual(['unchecked']);
    leaveStaleFile(at('notify'));
    expect(await wrongIn(socketsCheck, context)).toEqual(['fault /etc/belfry.conf:2 notifysocket']);
  });

  it('takes for no fault what only another user than that of the daemon may not do', async () => {
    const context = doctorContext(own());
    const place = context.loaded.placeOf('configdirectory');
    const problem = { ...place, severity: 'error', message: 'x', remedy: 'run this as that user' } as const;
    const loaded = { ...context.loaded, problems: [problem] };
    expect(await wrongIn(configurationCheck, { ...context, loaded })).toEqual([
      'fault /etc/belfry.conf:1 configdirectory',
    ]);
    expect(await wrongIn(configurationCheck, { ...context, loaded, uid: 1000 })).toEqual([
      'unchecked /etc/belfry.conf:1 configdirectory',
    ]);
  });

  it('says that another user than root does not see all', async () => {
    expect(await wrongIn(socketsCheck, doctorContext(own(), { uid: 1000 }))).toContain('unchecked');
  });

  it('another program on the control socket is a fault, and one that says nothing holds nobody up for ever', async () => {
    const server = createServer((socket) => socket.end('what\n'));
    await once(server.listen(at('control')), 'listening');
    onTestFinished(() => void server.close());
    expect(await wrongIn(daemonCheck, doctorContext(own()))).toEqual(['fault']);
  });
});

describe('the test event', () => {
  it('names the notifier null, nobody and no mailbox of a user, and is of a group that is on', () => {
    const events = [['message'], ['flags'], ['mailbox'], ['access'], ['quota']].map((groups) => {
      const { method, message, class: requestClass } = testRequest('belfry-doctor-x', groups, new Date(0));
      expect({ method, requestClass }).toEqual({ method: 'null', requestClass: 'EVENT' });
      return JSON.parse(message) as { event: string; user: string };
    });
    expect(events.map(({ event }) => event)).toEqual([
      'MessageNew',
      'FlagsSet',
      'MailboxCreate',
      'Login',
      'MessageNew',
    ]);
    for (const { user } of events) expect(user).toBe('belfry-doctor-x');
  });

  it('is not sent where null is the name of something else', () => {
    const harmless = (...lines: readonly string[]) => isNullHarmless(doctorContext(own(...lines)).configuration);
    expect(harmless()).toBe(true);
    expect(harmless('notifiers: sink', 'sink_method: null')).toBe(true);
    expect(harmless('notifiers: null', 'null_method: log')).toBe(false);
  });
});

it('compares the free space with spool_max_size', async () => {
  expect(await wrongIn(diskCheck, doctorContext(own('spool_max_size: 4096G')))).toContain(
    'warning /etc/belfry.conf:3 spool_max_size',
  );
  expect((await findingsOf(diskCheck, doctorContext(own('spool_max_size: 1M'))))[0]?.verdict).toBe('ok');
});

it('sees a clock that is wrong, and one that jumps', async () => {
  expect(await wrongIn(clockCheck, doctorContext(own(), { now: () => 0 }))).toEqual(['fault']);
  expect(await wrongIn(clockCheck, doctorContext(own(), { now: Date.now }))).toEqual([]);
  let at0 = Date.now();
  const jumping = (): number => {
    at0 += 60_000;
    return at0;
  };
  expect(await wrongIn(clockCheck, doctorContext(own(), { now: jumping }))).toEqual(['warning']);
});

describe('receivers', () => {
  it('are none, or need none', async () => {
    expect(await wrongIn(receiversCheck, doctorContext(own()))).toEqual(['warning']);
    const one = own('notifiers: archive', 'archive_method: log');
    expect(await wrongIn(receiversCheck, doctorContext(one))).toEqual([]);
  });

  it.each([
    ['webhook', 'webhook_url: http://127.0.0.1:1/hook'],
    ['redis', 'redis_url: redis://127.0.0.1:1'],
    ['nats', 'nats_servers: nats://127.0.0.1:1'],
    ['mqtt', 'mqtt_url: mqtt://127.0.0.1:1'],
    ['amqp', 'amqp_url: amqps://127.0.0.1:1'],
    ['syslog', 'syslog_address: tcp://127.0.0.1:1'],
    ['syslog', `syslog_address: ${at('nothing')}`],
    ['mailto', 'mailto_smtp_host: 127.0.0.1', 'mailto_smtp_port: 1', 'mailto_to: a@example.org'],
    ['webhook', `webhook_unix_socket: ${at('nothing')}`, 'webhook_url: http://h/'],
    ['webhook', 'webhook_proxy: http://127.0.0.1:1', 'webhook_url: http://h/'],
    ['exec', `exec_program: ${at('nothing')}`],
    ['script', `script_file: ${at('nothing.mjs')}`],
  ])(
    'of method %s with %s that are not there are faults with their option and a remedy',
    async (method, option, ...more) => {
      const context = doctorContext(
        own('notifiers: crm', `crm_method: ${method}`, `crm_${option}`, ...more.map((line) => `crm_${line}`)),
      );
      const findings = await findingsOf(receiversCheck, context);
      expect(findings.map(({ verdict }) => verdict)).toEqual(['fault']);
      expect(findings[0]?.place).toMatchObject({
        file: '/etc/belfry.conf',
        line: 5,
        option: `crm_${option.split(':')[0]}`,
      });
      expect(findings[0]?.remedy).toBeTruthy();
    },
  );

  it('that are programs can be used', async () => {
    writeFileSync(at('program'), '#!/bin/sh\n', { mode: 0o755 });
    const context = doctorContext(own('notifiers: crm', 'crm_method: exec', `crm_exec_program: ${at('program')}`));
    expect(await wrongIn(receiversCheck, context)).toEqual([]);
  });
});
