/** A real NATS server with JetStream, with no stream in it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../../support/free-ports.ts';
import { type Defer, makeWorkspace } from '../workspace.ts';
import { greets, type RealServer, startServer } from './server.ts';

export interface NatsServer extends RealServer {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly directory: string;
}

/** `lines` are added to its configuration, in which {directory} stands for its directory. `jetstream`: default true. */
export async function startNats(
  defer: Defer,
  { lines = [], jetstream = true }: { readonly lines?: readonly string[]; readonly jetstream?: boolean } = {},
): Promise<NatsServer> {
  const directory = await makeWorkspace(defer);
  const { nats } = await freePorts(['nats']);
  const port = Number(nats);
  const file = join(directory, 'nats.conf');
  await writeFile(file, `${lines.join('\n').replaceAll('{directory}', directory)}\n`);
  const storage = jetstream ? ['-js', '-sd', join(directory, 'jetstream')] : [];
  const settings = {
    program: 'nats-server',
    words: ['-c', file, '-a', '127.0.0.1', '-p', nats, ...storage],
    // It greets before JetStream has recovered its streams; a stream's user sees to that.
    answers: () => greets(port, '', /^INFO \{/),
  };
  return { port, directory, ...(await startServer(settings, defer)) };
}
