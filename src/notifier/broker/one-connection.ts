/** One connection to a server for all calls of a notifier: made when it is needed, and given up as a whole when it fails. */

/** What a library's connection is to the rest. */
export interface Connector<C> {
  /** Rejects when it cannot be made, and soon after `signal` aborts. */
  connect(signal: AbortSignal): Promise<C>;
  isOpen(connection: C): boolean;
  /** Ends it at once: what is under way on it fails, and what was not sent yet never is. */
  destroy(connection: C): void;
}

export interface OneConnection<C> {
  /** The open connection, or a new one. Rejects when there can be none, or it was given up in the meantime. */
  get(): Promise<C>;
  /**
   * Gives up the connection with all that is under way on it, for every call: a server that owes one of them an answer owes
   * it to those after it as well. The next `get` makes a new one.
   */
  drop(): void;
  /** The same for good. */
  close(): void;
}

export function oneConnection<C>({ connect, isOpen, destroy }: Connector<C>): OneConnection<C> {
  let current: { readonly promise: Promise<C>; readonly abort: AbortController; connection?: C } | undefined;
  let closed = false;

  function begin(): Promise<C> {
    const abort = new AbortController();
    const own: NonNullable<typeof current> = {
      abort,
      promise: connect(abort.signal).then(
        (connection) => {
          if (abort.signal.aborted) {
            destroy(connection);
            throw new Error('the connection was given up');
          }
          own.connection = connection;
          return connection;
        },
        (thrown: unknown) => {
          if (current === own) current = undefined;
          throw thrown;
        },
      ),
    };
    current = own;
    return own.promise;
  }

  function drop(): void {
    const own = current;
    current = undefined;
    own?.abort.abort();
    if (own?.connection !== undefined) destroy(own.connection);
  }

  return {
    async get() {
      if (closed) throw new Error('the notifier is closed');
      if (current?.connection !== undefined && !isOpen(current.connection)) drop();
      return await (current?.promise ?? begin());
    },
    drop,
    close() {
      closed = true;
      drop();
    },
  };
}
