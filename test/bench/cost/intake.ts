/** A row: what belfry uses while datagrams are sent at full speed, beside a sink in C that throws them away. */
import { makeWorkspace } from '../../e2e/workspace.ts';
import { sendToSink } from '../served.ts';
import { defineRow } from './row.ts';
import { processorUs } from './used.ts';

const sent = 100_000;

export const intake = defineRow({
  name: 'intake',
  figures: {
    each: {
      ...{ what: 'intake at full speed, commits included, until the last sendto(2)', unit: 'us' },
      ...{ before: '13.6 to 16.8', target: 10 },
    },
  },
  async measure({ serve, sender, scale, defer }) {
    const count = sent * scale;
    const { daemon, socket } = await serve(() => ['notifiers: none', 'none_method: null']);
    await sender.send(socket, count / 5);
    const before = await processorUs(daemon);
    const { perSecond } = await sender.send(socket, count);
    const value = ((await processorUs(daemon)) - before) / count;
    const sink = await sendToSink(sender, await makeWorkspace(defer), defer, count);
    const limit = { what: 'the sink', value: sink.receiverUs, perSecond: sink.perSecond };
    return { each: { value, perSecond, limit } };
  },
});
