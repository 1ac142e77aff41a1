/** The one error class of belfry and the table of its codes: what each means and how the process exits for it. */

/** Exit statuses of sysexits(3), as far as belfry uses them. */
export const exitStatus = {
  ok: 0,
  usage: 64,
  data: 65,
  noInput: 66,
  unavailable: 69,
  software: 70,
  osError: 71,
  cannotCreate: 73,
  ioError: 74,
  temporary: 75,
  permission: 77,
  configuration: 78,
} as const;

/** Every code an error of belfry can carry. A code that is not in this table does not exist. */
export const errorCodes = {
  USAGE: { meaning: 'The command line is wrong.', exit: exitStatus.usage },
  CONFIGURATION: { meaning: 'The configuration has mistakes; the message lists them.', exit: exitStatus.configuration },
  NO_INPUT: {
    meaning: 'A file that the command or the configuration names is not readable.',
    exit: exitStatus.noInput,
  },
  BAD_INPUT: { meaning: 'The content of an input file is not valid.', exit: exitStatus.data },
  SOCKET_PATH: { meaning: 'The path of a socket is too long or not valid.', exit: exitStatus.configuration },
  SOCKET_IN_USE: { meaning: 'Another process receives on this socket.', exit: exitStatus.unavailable },
  SOCKET_CREATE: { meaning: 'belfry cannot create the socket.', exit: exitStatus.cannotCreate },
  SOCKET_PERMISSION: { meaning: 'No permission to create or use the socket.', exit: exitStatus.permission },
  SOCKET_ABSENT: { meaning: 'No process receives on this socket.', exit: exitStatus.unavailable },
  SOCKET_IO: { meaning: 'Reading or writing a socket failed.', exit: exitStatus.ioError },
  SOCKET_PASSED: {
    meaning: 'A socket passed by systemd or Cyrus master is of a kind that belfry cannot use.',
    exit: exitStatus.configuration,
  },
  SCHEMA: { meaning: 'An event schema is not valid.', exit: exitStatus.configuration },
  SPOOL_FULL: {
    meaning: 'The spool has reached spool_max_size and refuses new requests.',
    exit: exitStatus.unavailable,
  },
  SPOOL_OPEN: { meaning: 'belfry cannot open the spool.', exit: exitStatus.cannotCreate },
  SPOOL_IO: { meaning: 'belfry cannot read or write the spool.', exit: exitStatus.ioError },
  SPOOL_LOCKED: { meaning: 'Another process uses the spool.', exit: exitStatus.unavailable },
  BUSY: { meaning: 'The daemon cannot do this at the moment; try again.', exit: exitStatus.temporary },
  CONFLICT: {
    meaning: 'What the command is about has changed since it was counted; nothing was done.',
    exit: exitStatus.temporary,
  },
  NOTIFIER_OPEN: { meaning: 'A notifier cannot start with its options.', exit: exitStatus.configuration },
  INTERNAL: { meaning: 'An internal error: a bug. Please report the line.', exit: exitStatus.software },
} as const satisfies Record<string, { readonly meaning: string; readonly exit: number }>;

export type ErrorCodeName = keyof typeof errorCodes;

/** An error that is expected and explained: `message` names the place and the remedy. */
export class BelfryError extends Error {
  readonly code: ErrorCodeName;

  constructor(code: ErrorCodeName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BelfryError';
    this.code = code;
  }

  /** The status with which a command ends that cannot go on after this error. */
  get exitStatus(): number {
    return errorCodes[this.code].exit;
  }
}

/** The code that Node gives to errors of the system, `ENOENT`; undefined for any other. */
export function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** Whether the system has answered that there is no such file. */
export function isAbsence(thrown: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(codeOf(thrown) ?? '');
}

/** What `act` answers; undefined where it throws. */
export function ifPossible<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return 'an error without a description';
  }
}

/**
 * Anything that was thrown, as an error with a code. What nobody expected is INTERNAL: its message is one line that names
 * the place in the code instead of a stack trace.
 */
export function asBelfryError(thrown: unknown): BelfryError {
  if (thrown instanceof BelfryError) return thrown;
  const what = messageOf(thrown).split('\n', 1)[0]?.slice(0, maxInternalLength) ?? '';
  const place = thrown instanceof Error ? placeOf(thrown) : undefined;
  const where = place === undefined ? '' : ` (${place})`;
  return new BelfryError('INTERNAL', `internal error: ${what}${where}; this is a bug, please report this line`, {
    cause: thrown,
  });
}

const maxInternalLength = 500;

/** The innermost place of a stack in our own code: `resolve, config/destinations.js:43:27`. */
function placeOf({ stack = '' }: Error): string | undefined {
  const frames = stack.split('\n').filter((line) => line.startsWith('    at '));
  const own = frames.find((frame) => !/node:|node_modules/.test(frame)) ?? frames[0];
  const call = own?.slice(own.indexOf('at ') + 'at '.length).replace(/^async /, '') ?? '';
  const open = call.lastIndexOf('(');
  const name = open < 0 ? '' : (call.split(' ', 1)[0] ?? '');
  const path = open < 0 ? call : call.slice(open + 1, call.endsWith(')') ? -1 : undefined);
  const file = path.split('/').slice(-2).join('/');
  if (!/^[\w.-]+\/[\w.-]+:\d+:\d+$/.test(file)) return undefined;
  return name === '' ? file : `${name}, ${file}`;
}
