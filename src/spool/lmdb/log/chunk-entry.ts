/** An entry of a chunk that was read whole: what it consists of is made when it is first asked for. */
import type { Entry, Position, RawRequest } from '../../../base/request.ts';
import type { Chunk } from './chunk.ts';

export class ChunkEntry implements Entry {
  readonly position: Position;
  readonly receivedAt: number;
  readonly #index: number;
  readonly #bytes: Buffer;
  readonly #idOf: (receivedAt: number, position: Position) => string;
  #id: string | undefined;
  /** The chunk until the request is asked for. */
  #source: Chunk | RawRequest;

  /** The request at `index`, which has these bytes. */
  constructor(
    chunk: Chunk,
    index: number,
    bytes: Buffer,
    position: Position,
    idOf: (receivedAt: number, position: Position) => string,
  ) {
    this.position = position;
    this.receivedAt = chunk.receivedAt;
    this.#index = index;
    this.#bytes = bytes;
    this.#idOf = idOf;
    this.#source = chunk;
  }

  get id(): string {
    this.#id ??= this.#idOf(this.receivedAt, this.position);
    return this.#id;
  }

  get request(): RawRequest {
    if ('format' in this.#source) return this.#source;
    const request = this.#source.request(this.#index, this.#bytes);
    this.#source = request;
    return request;
  }
}
