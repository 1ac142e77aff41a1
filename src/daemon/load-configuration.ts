/**
 * Loads a configuration as a daemon needs it that starts with it: with what the file system says to it, to its directories,
 * programs, certificates, groups and secrets.
 */
import { BelfryError } from '../base/error.ts';
import type { Secret } from '../base/secret.ts';
import type { Configuration } from '../config/configuration.ts';
import { type Loaded, loadConfiguration, withProblems } from '../config/load.ts';
import type { ConfigProblem, OptionPlace } from '../config/problem.ts';
import { withoutService } from '../config/service-prefix.ts';
import { readCertificate, readKey, readPassword, readTls, readToken } from '../http-server/files.ts';
import { methods } from '../notifier/table.ts';
import { error, type OptionProblem, type Problem } from '../option/problem.ts';
import { adminFileProblems } from './admin-checks.ts';
import { reasonOf } from './file-access.ts';
import { directoryProblem, elsewhereProblem, needProblem, ownFileProblem, secretProblem } from './file-checks.ts';
import { socketProblems } from './socket-checks.ts';
import { templateProblems } from './template-names.ts';
import { expressionProblems } from './when-expressions.ts';

/**
 * As `loadConfiguration`, and what the file system refuses is a mistake of the option that names it, as is an expression of
 * NAME_when that is wrong by the schemas. Both `belfry check` and
 * the daemon load with this, so that they find the same. `inherited`: sockets were passed to the process; then those of the
 * configuration may be in a tree of files that it does not see.
 */
export async function loadCheckedConfiguration(file: string, inherited = false): Promise<Loaded> {
  const loaded = loadConfiguration(file, { methods });
  return withProblems(loaded, [
    ...(await fileProblems(loaded, inherited)),
    ...(await expressionProblems(loaded)),
    ...(await templateProblems(loaded)),
  ]);
}

/** With what is wrong with expressions, and with the files of one notifier: for what delivers nothing, or by this one alone. */
export async function withRules(loaded: Loaded, notifier?: string): Promise<Loaded> {
  const { notifiers, builtIns } = loaded.readable;
  const needs = [...notifiers, ...builtIns].flatMap((one) => (one.name === notifier?.toLowerCase() ? one.needs : []));
  const problems = needs.flatMap((need) => {
    const problem = needProblem(need);
    return problem === undefined ? [] : [{ ...need, ...problem }];
  });
  return withProblems(loaded, [...(await expressionProblems(loaded)), ...problems]);
}

/** Every mistake that only the file system knows of, also where the configuration has others. Changes nothing. */
async function fileProblems(loaded: Loaded, inherited: boolean): Promise<readonly ConfigProblem[]> {
  const { readable, placeOf, secrets } = loaded;
  const { notifiers, builtIns } = readable;
  const problems: ConfigProblem[] = [];
  const note = (place: OptionPlace, problem: Problem | undefined): void => {
    if (problem !== undefined) problems.push({ ...place, ...problem });
  };
  note(placeOf('configdirectory'), directoryProblem(readable.directory));
  note(placeOf('spool_directory', 'configdirectory'), directoryProblem(readable.spool.directory));
  for (const [option, problem] of socketProblems(readable, inherited)) note(placeOf(option), problem);
  for (const { option, ...problem } of [...httpFileProblems(readable), ...adminFileProblems(readable)]) {
    note(placeOf(option), problem);
  }
  note(placeOf('schema_directory'), await schemaProblem(readable.schemaDirectory));
  // What nobody has written down is there for requests that may never come.
  const ofBuiltIns = builtIns.flatMap(({ needs }) => needs.filter(({ option }) => isWritten(loaded, option)));
  for (const need of [...notifiers.flatMap(({ needs }) => needs), ...ofBuiltIns]) {
    note(need, ownFileProblem(need, readable) ?? needProblem(need));
  }
  for (const place of secrets) note(place, secretProblem(place.file, 'this is a secret'));
  for (const [option, file] of Object.entries(secretFiles(readable))) {
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

const fileOf = (secret: Secret | undefined): string | undefined =>
  secret !== undefined && 'file' in secret ? secret.file : undefined;

/** The files of HTTP that hold a secret, by their options. */
function secretFiles({
  http: { authentication, tls },
  admin,
}: Configuration): Readonly<Record<string, string | undefined>> {
  const { basic, token } = authentication;
  return {
    http_password_file: fileOf(basic?.password),
    http_token_file: fileOf(token),
    http_tls_key: tls?.key,
    admin_token_file: fileOf(admin.token),
  };
}

/**
 * Whether the files of HTTP can be used, read as the daemon does at its start. A file that a socket of the configuration needs
 * is an error. One that only a socket passed to the daemon would need is a warning: whether there will be one is not known
 * here.
 */
function httpFileProblems({ sockets, http }: Configuration): readonly OptionProblem[] {
  const { tls, authentication } = http;
  const [password, token] = [fileOf(authentication.basic?.password), fileOf(authentication.token)];
  const overHttp = sockets.filter((socket) => socket.transport === 'http');
  const found: OptionProblem[] = [];
  const note = (option: string, needed: boolean, read: () => unknown): boolean => {
    const message = reasonOf(read);
    if (message !== undefined) found.push({ option, severity: needed ? 'error' : 'warning', message });
    return message === undefined;
  };
  const known = overHttp.length > 0;
  if (password !== undefined) note('http_password_file', known, () => readPassword({ file: password }));
  if (token !== undefined) note('http_token_file', known, () => readToken({ file: token }));
  for (const [option, secret] of [
    ['http_password', authentication.basic?.password],
    ['http_token', authentication.token],
  ] as const) {
    const problem = secret === undefined || 'file' in secret ? undefined : elsewhereProblem(secret);
    if (problem !== undefined) found.push({ option, ...problem });
  }
  if (tls !== undefined) {
    const encrypted = overHttp.some((one) => one.path === undefined);
    const certificateIsFine = note('http_tls_certificate', encrypted, () => readCertificate(tls.certificate));
    const keyIsFine = note('http_tls_key', encrypted, () => readKey(tls.key));
    if (certificateIsFine && keyIsFine) note('http_tls_key', encrypted, () => readTls(tls));
  }
  return found;
}
