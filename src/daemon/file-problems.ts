/** What the file system says to a configuration: directories, programs, certificates, groups, secrets. */
import { BelfryError } from '../base/error.ts';
import type { Configuration } from '../config/configuration.ts';
import { type HttpFileTrials, httpFileProblems } from '../config/http-files.ts';
import type { Loaded } from '../config/load.ts';
import type { ConfigProblem, OptionPlace } from '../config/problem.ts';
import { withoutService } from '../config/service-prefix.ts';
import { readCertificate, readKey, readPassword, readTls, readToken } from '../intake/http/files.ts';
import { error, type Problem } from '../option/problem.ts';
import { reasonOf } from './file-access.ts';
import { directoryProblem, needProblem, ownFileProblem, secretProblem } from './file-checks.ts';
import { socketProblems } from './socket-checks.ts';

export interface Surroundings {
  /** Whether sockets were passed to the process: then those of the configuration may be in a tree of files that it does not see. */
  readonly inherited: boolean;
}

/** Every mistake that only the file system knows of, also where the configuration has others. Changes nothing. */
export async function fileProblems(loaded: Loaded, { inherited }: Surroundings): Promise<readonly ConfigProblem[]> {
  const { readable, placeOf, secrets } = loaded;
  const { notifiers, builtIns } = readable;
  const problems: ConfigProblem[] = [];
  const note = (place: OptionPlace, problem: Problem | undefined): void => {
    if (problem !== undefined) problems.push({ ...place, ...problem });
  };
  note(placeOf('configdirectory'), directoryProblem(readable.directory));
  if (readable.spool.engine === 'lmdb') {
    note(placeOf('spool_directory', 'configdirectory'), directoryProblem(readable.spool.directory));
  }
  for (const [option, problem] of socketProblems(readable, inherited)) note(placeOf(option), problem);
  const { sockets, http } = readable;
  const overHttp = sockets.filter((socket) => socket.transport === 'http');
  for (const { option, ...problem } of httpFileProblems(overHttp, http, httpFiles)) note(placeOf(option), problem);
  note(placeOf('schema_directory'), await schemaProblem(readable.schemaDirectory));
  // What nobody has written down is there for requests that may never come.
  const ofBuiltIns = builtIns.flatMap(({ needs }) => needs.filter(({ option }) => isWritten(loaded, option)));
  for (const need of [...notifiers.flatMap(({ needs }) => needs), ...ofBuiltIns]) {
    note(need, ownFileProblem(need, readable) ?? needProblem(need));
  }
  for (const place of secrets) note(place, secretProblem(place.file, 'this is a secret'));
  for (const option of ['http_password_file', 'http_token_file', 'http_tls_key'] as const) {
    const { [option]: file } = secretFiles(readable);
    const place = placeOf(option);
    const isWrong = problems.some((problem) => problem.file === place.file && problem.line === place.line);
    if (file !== undefined && !isWrong) note(place, secretProblem(file, 'the file contains a secret'));
  }
  return distinct(problems);
}

/** The first of those that say the same of one file. */
function distinct(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  const known = new Set<string>();
  return problems.filter(({ file, severity, message }) => {
    const key = JSON.stringify([file, severity, message]);
    return known.size < known.add(key).size;
  });
}

/** Of an option as it is written, which may be with the prefix of the service. */
function isWritten({ inForce }: Loaded, written: string): boolean {
  const found = inForce.find(({ option }) => option === withoutService(written));
  const source = found?.source.kind === 'inherited' ? found.source.source : found?.source;
  return source?.kind === 'file';
}

async function schemaProblem(directory: string | undefined): Promise<Problem | undefined> {
  if (directory === undefined) return undefined;
  try {
    // Loaded where there is something to compile: it takes long.
    const { loadSchemas } = await import('../schema/load-schemas.ts');
    await loadSchemas({ override: directory });
    return undefined;
  } catch (thrown) {
    if (thrown instanceof BelfryError) return error(thrown.message);
    throw thrown;
  }
}

function secretFiles({ http }: Configuration): Readonly<Record<string, string | undefined>> {
  const { basic, token } = http.authentication;
  return {
    http_password_file: basic && 'file' in basic.password ? basic.password.file : undefined,
    http_token_file: token && 'file' in token ? token.file : undefined,
    http_tls_key: http.tls?.key,
  };
}

const httpFiles: HttpFileTrials = {
  password: (file) => reasonOf(() => readPassword({ file })),
  token: (file) => reasonOf(() => readToken({ file })),
  certificate: (file) => reasonOf(() => readCertificate(file)),
  key: (file) => reasonOf(() => readKey(file)),
  pair: (certificate, key) => reasonOf(() => readTls({ certificate, key })),
};
