/** The requests that are under way, by connection: so that no client piles them up, and the end can wait for the last. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A client may send requests without waiting for answers (RFC 9112 §9.3.2); from so many on it is not read from. */
const maxPipelined = 4;

export class Exchanges {
  /** Of every connection that has asked something, until it is closed. */
  readonly #bySocket = new Map<Socket, Set<ServerResponse>>();
  #begun = 0;
  #underWay = 0;
  #onIdle: (() => void)[] = [];

  /** How many there have ever been. */
  get begun(): number {
    return this.#begun;
  }

  /** Resolves when none is under way, at the latest when `signal` aborts. */
  idle(signal: AbortSignal): Promise<void> {
    if (this.#underWay === 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Remembers it until its answer is written or its connection closed. */
  begin(outgoing: ServerResponse): void {
    const { socket } = outgoing.req;
    this.#begun += 1;
    const mine = this.#of(socket);
    if (mine === undefined) return;
    mine.add(outgoing);
    this.#underWay += 1;
    outgoing.once('close', () => {
      if (!mine.delete(outgoing)) return;
      if (mine.size < maxPipelined && socket.isPaused()) socket.resume();
      this.#ended(1);
    });
  }

  /** Whether an answer is owed on it. */
  isBusy(socket: Socket): boolean {
    return (this.#bySocket.get(socket)?.size ?? 0) > 0;
  }

  /** To be called when a request has been read: reading a body makes Node go on with the connection. */
  holdBack(socket: Socket): void {
    if ((this.#bySocket.get(socket)?.size ?? 0) >= maxPipelined) socket.pause();
  }

  /** Whether the connection owes its client no answer but perhaps that to the request which is still being received. */
  owesNothing(socket: Socket): boolean {
    const [first, second] = this.#bySocket.get(socket) ?? [];
    return second === undefined && (first === undefined || !(first.req.complete || first.headersSent));
  }

  /** Calls `then` when every request that has been received whole by now is answered; at once where there is none. */
  onceAnswered(socket: Socket, then: () => void): void {
    const owed = [...(this.#bySocket.get(socket) ?? [])].filter(({ req }) => req.complete);
    let count = owed.length;
    if (count === 0) then();
    for (const outgoing of owed) {
      outgoing.once('close', () => {
        count -= 1;
        if (count === 0) then();
      });
    }
  }

  /** Undefined when it is closed already. */
  #of(socket: Socket): Set<ServerResponse> | undefined {
    const known = this.#bySocket.get(socket);
    if (known !== undefined || socket.closed) return known;
    const mine = new Set<ServerResponse>();
    this.#bySocket.set(socket, mine);
    socket.once('close', () => {
      this.#bySocket.delete(socket);
      // An answer whose turn has not come by then never hears of it.
      const unheard = mine.size;
      mine.clear();
      this.#ended(unheard);
    });
    return mine;
  }

  #ended(count: number): void {
    this.#underWay -= count;
    if (this.#underWay === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}
