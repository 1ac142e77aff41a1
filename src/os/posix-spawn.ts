/**
 * Starts programs by posix_spawn(3). The new process borrows the memory of this one until it runs its program, where
 * fork(2), which Node uses, copies the page tables of all of it: most of a millisecond at the size of the daemon.
 */
import { external } from './libc.ts';

export interface SpawnedProgram {
  /** The path of the program, then its arguments. No string may have a NUL: it would end there. */
  readonly argv: readonly [string, ...string[]];
  /** All of its environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  /** Descriptors of this process that are its standard input and standard error. Its standard output is /dev/null. */
  readonly stdin: number;
  readonly stderr: number;
}

/** More than glibc's posix_spawn_file_actions_t, posix_spawnattr_t and sigset_t have on any machine (80, 336 and 128 bytes). */
const structBytes = 1024;
const O_RDWR = 2;
/** <spawn.h> of glibc. */
const [POSIX_SPAWN_SETSIGDEF, POSIX_SPAWN_SETSIGMASK, POSIX_SPAWN_SETSID] = [0x04, 0x08, 0x80];
const [SIGKILL, SIGSTOP] = [9, 19];

const libc = findFunctions();
const attributes = libc && makeAttributes(libc);
const actions = new Uint8Array(structBytes);
const pids = new Int32Array(1);

/** False where the C library lacks a part of it: musl, and glibc before 2.34 (addclosefrom_np). */
export const canPosixSpawn = libc !== undefined;

/**
 * Answers the pid of the program, which is to be waited for (watchExit); undefined when it cannot be run. It has a session
 * and a process group of its own, has no descriptor but 0, 1 and 2, and treats every signal as a program does
 * that nobody has told otherwise: as with child_process and `detached`.
 */
export function posixSpawn({ argv, environment, directory, stdin, stderr }: SpawnedProgram): number | undefined {
  if (libc === undefined || attributes === undefined || libc.initActions(actions) !== 0) return undefined;
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  try {
    const errors = [
      libc.addDup(actions, stdin, 0),
      libc.addOpen(actions, 1, '/dev/null', O_RDWR, 0),
      libc.addDup(actions, stderr, 2),
      libc.addDirectory(actions, directory),
      // After the others: what they need is closed by it. Libraries open descriptors without O_CLOEXEC.
      libc.addCloseFrom(actions, 3),
    ];
    if (errors.some((error) => error !== 0)) return undefined;
    const error = libc.spawn(pids, argv[0], actions, attributes, [...argv, null], [...variables, null]);
    return error === 0 ? pids[0] : undefined;
  } finally {
    libc.destroyActions(actions);
  }
}

type Functions = NonNullable<ReturnType<typeof findFunctions>>;

function findFunctions() {
  type OnActions = [actions: Uint8Array];
  type OnSet = [attributes: Uint8Array, set: Uint8Array];
  type Strings = readonly (string | null)[];
  type Spawn = [
    ...[pid: Int32Array, path: string, actions: Uint8Array, attributes: Uint8Array],
    ...[argv: Strings, environment: Strings],
  ];
  try {
    return {
      initActions: external<OnActions>('int posix_spawn_file_actions_init(void *)'),
      destroyActions: external<OnActions>('int posix_spawn_file_actions_destroy(void *)'),
      addDup: external<[...OnActions, from: number, to: number]>(
        'int posix_spawn_file_actions_adddup2(void *, int, int)',
      ),
      addOpen: external<[...OnActions, fd: number, path: string, flags: number, mode: number]>(
        'int posix_spawn_file_actions_addopen(void *, int, const char *, int, uint32_t)',
      ),
      addDirectory: external<[...OnActions, path: string]>(
        'int posix_spawn_file_actions_addchdir_np(void *, const char *)',
      ),
      addCloseFrom: external<[...OnActions, first: number]>(
        'int posix_spawn_file_actions_addclosefrom_np(void *, int)',
      ),
      initAttributes: external<[attributes: Uint8Array]>('int posix_spawnattr_init(void *)'),
      setFlags: external<[attributes: Uint8Array, flags: number]>('int posix_spawnattr_setflags(void *, short)'),
      setDefault: external<OnSet>('int posix_spawnattr_setsigdefault(void *, const void *)'),
      setMask: external<OnSet>('int posix_spawnattr_setsigmask(void *, const void *)'),
      emptySet: external<[set: Uint8Array]>('int sigemptyset(void *)'),
      addToSet: external<[set: Uint8Array, signal: number]>('int sigaddset(void *, int)'),
      spawn: external<Spawn>(
        'int posix_spawn(void *, const char *, const void *, const void *, const char **, const char **)',
      ),
    };
  } catch {
    return undefined;
  }
}

/** No signal is blocked, and those that this process ignores (Node ignores SIGPIPE) are not ignored: what libuv does after fork(2). */
function makeAttributes({ initAttributes, setFlags, setDefault, setMask, emptySet, addToSet }: Functions): Uint8Array {
  const [made, set] = [new Uint8Array(structBytes), new Uint8Array(structBytes)];
  initAttributes(made);
  setFlags(made, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
  emptySet(set);
  setMask(made, set);
  for (let signal = 1; signal < 32; signal += 1) if (signal !== SIGKILL && signal !== SIGSTOP) addToSet(set, signal);
  setDefault(made, set);
  return made;
}
