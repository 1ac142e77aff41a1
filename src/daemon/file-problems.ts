/** What the file system says to a configuration: directories, programs, certificates, groups, secrets. */
import { accessSync, closeSync, constants, openSync, type Stats, statfsSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, resolve } from 'node:path';
import { BelfryError, messageOf } from '../base/error.ts';
import type { Configuration } from '../config/configuration.ts';
import { type HttpFileTrials, httpFileFaults } from '../config/http-files.ts';
import type { Loaded } from '../config/load.ts';
import type { ConfigProblem, OptionPlace } from '../config/problem.ts';
import { withoutService } from '../config/service-prefix.ts';
import { readCertificate, readKey, readPassword, readTls, readToken } from '../intake/http/files.ts';
import type { FileNeed } from '../notifier/notifier.ts';
import { groupId } from '../os/group.ts';
import { readRegularFile } from '../os/regular-file.ts';

export interface Surroundings {
  /** Whether sockets were handed over to the process: then those of the configuration may be in a tree of files that it does not see. */
  readonly handedOver: boolean;
}

/** What is wrong, without where. */
type Finding = Pick<ConfigProblem, 'severity' | 'message' | 'remedy'>;

const { O_APPEND, O_NOCTTY, O_NONBLOCK, O_WRONLY, W_OK, X_OK } = constants;

/** Every mistake that only the file system knows of, also where the configuration has others. Changes nothing. */
export async function fileProblems(loaded: Loaded, { handedOver }: Surroundings): Promise<readonly ConfigProblem[]> {
  const { readable, placeOf, secrets } = loaded;
  const { notifiers, builtIns } = readable;
  const problems: ConfigProblem[] = [];
  const note = (place: OptionPlace, finding: Finding | undefined): void => {
    if (finding !== undefined) problems.push({ ...place, ...finding });
  };
  note(placeOf('configdirectory'), directoryFinding(readable.directory));
  if (readable.spool.engine === 'lmdb') {
    note(placeOf('spool_directory', 'configdirectory'), directoryFinding(readable.spool.directory));
  }
  for (const [option, finding] of socketFindings(readable, handedOver)) note(placeOf(option), finding);
  const { sockets, http } = readable;
  const overHttp = sockets.filter((socket) => socket.transport === 'http');
  for (const { option, ...finding } of httpFileFaults(overHttp, http, httpFiles)) note(placeOf(option), finding);
  note(placeOf('schema_directory'), await schemaFinding(readable.schemaDirectory));
  for (const { needs } of notifiers) for (const need of needs) note(need, needFinding(need));
  for (const { needs } of builtIns) {
    // What nobody has written down is there for requests that may never come.
    for (const need of needs.filter(({ option }) => isWritten(loaded, option))) note(need, needFinding(need));
  }
  for (const place of secrets) note(place, secretFinding(place.file, 'it is a secret'));
  for (const option of ['http_password_file', 'http_token_file', 'http_tls_key'] as const) {
    const { [option]: file } = secretFiles(readable);
    const place = placeOf(option);
    const isWrong = problems.some((problem) => problem.file === place.file && problem.line === place.line);
    if (file !== undefined && !isWrong) note(place, secretFinding(file, 'its content is a secret'));
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

/** Whether a directory is there, or can be made, and can be written. */
function directoryFinding(path: string): Finding | undefined {
  const whole = resolve(path);
  let there = whole;
  while (isAbsent(there) && dirname(there) !== there) there = dirname(there);
  if (statOf(there)?.isDirectory() === false)
    return error(`${there} is not a directory`, 'name another one, or remove that file');
  if (isOfKernel(there)) {
    return error(`${there} belongs to the kernel, and nothing can be kept in it`, 'name a directory on a disk');
  }
  if (mayAccess(there, W_OK | X_OK)) return undefined;
  const what = there === whole ? `${there} cannot be written` : `${whole} is not there and cannot be made in ${there}`;
  return error(`${what} by ${userName()}`, 'give it to the user of the daemon, or run this as that user');
}

/** The numbers of proc, sysfs and the cgroups (statfs(2)). */
const kernelFileSystems: ReadonlySet<number> = new Set([0x9fa0, 0x62656572, 0x27e0eb, 0x63677270]);

function isOfKernel(path: string): boolean {
  try {
    return kernelFileSystems.has(statfsSync(path).type);
  } catch {
    return false;
  }
}

function* socketFindings(
  { directory, sockets, controlSocket }: Configuration,
  handedOver: boolean,
): Generator<readonly [string, Finding | undefined]> {
  const own = `${resolve(directory)}/`;
  const missing = (path: string): string | undefined => {
    const parent = dirname(resolve(path));
    return path.startsWith('@') || `${parent}/`.startsWith(own) || !isAbsent(parent) ? undefined : parent;
  };
  for (const { transport, path, group } of sockets) {
    if (path === undefined) continue;
    const [list, groups] =
      transport === 'http' ? ['http_listen', 'http_socket_group'] : ['notifysocket', 'notifysocket_group'];
    if (group !== undefined) yield [groups, groupFinding(group)];
    if (handedOver) continue;
    const parent = missing(path);
    if (parent !== undefined) yield [list, socketDirectoryFinding(path, parent)];
    const found = path.startsWith('@') ? undefined : statOf(path);
    if (found !== undefined && !found.isSocket()) {
      yield [list, error(`${path} exists and is not a socket`, 'remove it, or choose another path')];
    }
  }
  const parent = missing(controlSocket);
  if (parent === undefined) return;
  const message = `there is no directory ${parent}: belfry queue, dead and replay will not reach the daemon`;
  yield ['control_socket', { severity: 'warning', message, remedy: 'create it' }];
}

function socketDirectoryFinding(path: string, parent: string): Finding {
  const message = `${path}: there is no directory ${parent}`;
  // There the service manager makes them when the service starts, and removes them when it stops.
  if (/^\/(?:var\/)?run\//.test(parent)) {
    return { severity: 'warning', message, remedy: 'create it, unless that is done when the service starts' };
  }
  return error(message, 'create it');
}

function groupFinding(group: string): Finding | undefined {
  const wrong = reasonOf(() => groupId(group));
  return wrong === undefined ? undefined : error(wrong);
}

async function schemaFinding(directory: string | undefined): Promise<Finding | undefined> {
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

function needFinding({ path, use }: FileNeed): Finding | undefined {
  switch (use) {
    case 'program':
      return programFinding(path);
    case 'append':
      return appendFinding(path);
    case 'certificates':
      return certificatesFinding(path);
  }
}

function programFinding(path: string): Finding | undefined {
  if (isAbsent(path)) return error(`there is no program ${path}`, 'install it, or name another one');
  if (statOf(path)?.isFile() === false) return error(`${path} is not a program`, 'name a file that can be run');
  return mayAccess(path, X_OK) ? undefined : error(`${path} is not executable by ${userName()}`, `chmod +x ${path}`);
}

/** Opens it as the daemon will, but makes nothing. */
function appendFinding(path: string): Finding | undefined {
  const parent = dirname(resolve(path));
  const remedy = 'name a file that the user of the daemon can write, or run this as that user';
  try {
    closeSync(openSync(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY));
    return undefined;
  } catch (thrown) {
    if (!isAbsent(path)) return error(`lines cannot be appended to it by ${userName()}: ${messageOf(thrown)}`, remedy);
  }
  if (isAbsent(parent)) return error(`there is no directory ${parent}`, 'create it');
  if (statOf(parent)?.isDirectory() === false) return error(`${parent} is not a directory`, 'name a file in one');
  if (isOfKernel(parent)) {
    return error(`${parent} belongs to the kernel, and no file can be made in it`, 'name a file on a disk');
  }
  return mayAccess(parent, W_OK | X_OK) ? undefined : error(`${parent} cannot be written by ${userName()}`, remedy);
}

function certificatesFinding(path: string): Finding | undefined {
  try {
    if (readRegularFile(path).includes('-----BEGIN CERTIFICATE-----')) return undefined;
    return error(`${path} holds no certificate`, 'it must be PEM, with "-----BEGIN CERTIFICATE-----" in it');
  } catch (thrown) {
    return error(`the certificates cannot be read from ${path}: ${messageOf(thrown)}`, 'name a file that can be read');
  }
}

/** Whether others than its owner and its group can read a file. */
function secretFinding(file: string, what: string): Finding | undefined {
  const found = statOf(file);
  if (found === undefined || !found.isFile() || (found.mode & 0o004) === 0) return undefined;
  const remedy = `chmod o-r ${file}, and give it to the group of the daemon`;
  return { severity: 'warning', message: `${what}, and every user of this machine can read ${file}`, remedy };
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

function reasonOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof BelfryError) return thrown.message;
    throw thrown;
  }
}

function error(message: string, remedy?: string): Finding {
  return { severity: 'error', message, ...(remedy === undefined ? {} : { remedy }) };
}

/** Undefined where it is not there, or may not be looked at. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function isAbsent(path: string): boolean {
  try {
    statSync(path);
    return false;
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : '';
    return code === 'ENOENT' || code === 'ENOTDIR';
  }
}

function mayAccess(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'this user';
  }
}
