/** Reports the messages of a test that are given to the kernel for a syslog server. */
import type { TestRun } from '../test-run.ts';
import type { SyslogTransport } from './transport.ts';

/** `place` names the server. */
export function tracedTransport(transport: SyslogTransport, place: string, test: TestRun | undefined): SyslogTransport {
  if (test === undefined) return transport;
  return {
    async send(messages, signal) {
      for (const message of messages) test.trace('sent', message.toString());
      const taken = await transport.send(messages, signal);
      const { count, reason = 'it was not sent' } = taken;
      test.trace('note', count === messages.length ? `the kernel has it for ${place}` : reason);
      return taken;
    },
    close: () => transport.close(),
  };
}
