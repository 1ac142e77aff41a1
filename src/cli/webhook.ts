/** `belfry webhook`: helps with receivers of webhooks, and says why a signature is not accepted. */
import type { Command } from 'commander';
import { BelfryError, exitStatus } from '../base/error.ts';
import { parseSigningKeys, type SigningKey, writePublicKey } from '../notifier/webhook/signing-keys.ts';
import { wrongWith } from '../notifier/webhook/verify.ts';
import { type CommandIo, readInput } from './io.ts';

interface VerifyFlags {
  readonly keyFile: string;
  readonly headers: string;
  readonly body: string;
  readonly tolerance: string;
  readonly at?: string;
}

const keyFile = ['-k, --key-file <file>', 'the keys: whsec_…, whsk_… or whpk_…, separated by white space'] as const;

export function addWebhook(program: Command, io: CommandIo): void {
  const webhook = program
    .command('webhook')
    .summary('checks signatures of webhooks')
    .description('Helps with the receivers of webhooks that belfry signs (webhook_secret).');
  webhook
    .command('verify')
    .description(
      'Checks a request that a receiver has stored: its headers, its body and the key. Prints what is wrong: the clock, ' +
        'the id, the key or the body. Ends with status 0 if the request is genuine, and otherwise with 65.',
    )
    .requiredOption(...keyFile)
    .requiredOption('-H, --headers <file>', 'the headers, one "name: value" on each line; - is standard input')
    .requiredOption('-b, --body <file>', 'the body, exactly as it was received')
    .option('-t, --tolerance <seconds>', 'how far webhook-timestamp may be away from the clock', '300')
    .option('--at <time>', 'check for this time, like 2026-11-29T22:23:04Z, instead of now')
    .action((flags: VerifyFlags) => verify(flags, io));
  webhook
    .command('public-key')
    .description('Prints the public key (whpk_…) of each ed25519 key, for receivers.')
    .requiredOption(...keyFile)
    .action(({ keyFile: file }: Pick<VerifyFlags, 'keyFile'>) => {
      const written = keysIn(file).flatMap((key) => (key.scheme === 'v1a' ? [writePublicKey(key.publicKey)] : []));
      if (written.length === 0) throw new BelfryError('BAD_INPUT', `${file}: there is no ed25519 key (whsk_…)`);
      io.out(`${written.join('\n')}\n`);
    });
}

function verify(flags: VerifyFlags, io: CommandIo): void {
  if (!/^[0-9]{1,9}$/.test(flags.tolerance)) {
    throw new BelfryError('USAGE', `--tolerance: "${flags.tolerance}" is not a number of seconds`);
  }
  const now = flags.at === undefined ? Date.now() : Date.parse(flags.at);
  if (Number.isNaN(now)) throw new BelfryError('USAGE', `--at: "${flags.at}" is not a time like 2026-11-29T22:23:04Z`);
  const request = { headers: headersIn(flags.headers), body: readInput(flags.body) };
  const verification = { keys: keysIn(flags.keyFile), now, toleranceMs: Number(flags.tolerance) * 1000 };
  const wrong = wrongWith(request, verification);
  io.out(
    wrong.length === 0
      ? 'The request is genuine.\n'
      : wrong.map(({ what, message }) => `${what}: ${message}\n`).join(''),
  );
  io.exit(wrong.length === 0 ? exitStatus.ok : exitStatus.data);
}

function keysIn(file: string): readonly SigningKey[] {
  const keys = parseSigningKeys(readInput(file).toString('utf8'), true);
  if ('wrong' in keys) throw new BelfryError('BAD_INPUT', `${file}: ${keys.wrong}`);
  return keys.value;
}

/** A line without a colon, such as a request line, is passed over. Of a header that occurs twice the last counts. */
function headersIn(file: string): ReadonlyMap<string, string> {
  const lines = readInput(file).toString('utf8').split(/\r?\n/);
  return new Map(
    lines.flatMap((line) => {
      const [, name, value = ''] = /^[<> ]*([!#$%&'*+.^_`|~\w-]+):(.*)/.exec(line) ?? [];
      return name === undefined ? [] : [[name.toLowerCase(), value.trim()] as const];
    }),
  );
}
