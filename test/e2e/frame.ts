/**
 * Reads a datagram of the notify socket as Cyrus `notifyd/notifyd.c` does. It is deliberately not the decoder of the
 * daemon: what was sent must not be judged by the code that is tried.
 */

export interface Frame {
  readonly method: string;
  readonly class: string;
  readonly priority: string;
  readonly user: string;
  readonly mailbox: string;
  readonly options: readonly string[];
  readonly message: string;
  /** Empty when there is none. */
  readonly fname: string;
}

/** `method NUL class NUL priority NUL user NUL mailbox NUL nopt NUL (option NUL)*nopt message NUL [fname NUL]` */
export function readFrame(datagram: Buffer): Frame {
  const fields: string[] = [];
  for (let start = 0; start < datagram.length; ) {
    const end = datagram.indexOf(0, start);
    if (end === -1) throw new Error(`no NUL behind byte ${start}`);
    fields.push(textOf(datagram.subarray(start, end)));
    start = end + 1;
  }
  const [method = '', requestClass = '', priority = '', user = '', mailbox = '', count = '', ...rest] = fields;
  const options = rest.slice(0, Number(count));
  const [message, fname = ''] = rest.slice(Number(count));
  if (message === undefined) throw new Error('fields are missing');
  return { method, class: requestClass, priority, user, mailbox, options, message, fname };
}

/** UTF-8, or ISO 8859-1 where it is none. */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}
