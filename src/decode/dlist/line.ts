/** What a dlist line may be, what is found in one, and what can be wrong with it. */

/** What a line may be at most. */
export const defaultDlistLimits = {
  /** Bytes, line end included. */
  maxBytes: 64 * 1024 * 1024,
  /** Lists in lists. */
  maxDepth: 16,
  /** Keys, values and lists. */
  maxValues: 4096,
};
export type DlistLimits = Readonly<typeof defaultDlistLimits>;

/** Told of what there is, in its order; offsets count from the first byte of the line. */
export interface DlistSink {
  /**
   * `start` to `end` are the bytes between the quotes, those of the literal, or the atom. `isKey`: the command, or a key of
   * a kvlist.
   */
  value(form: 'atom' | 'quoted' | 'literal', start: number, end: number, isKey: boolean): void;
  open(kind: 'list' | 'kvlist'): void;
  close(): void;
}

export interface DlistProblem {
  /** One line. */
  readonly message: string;
  /** Offset from the beginning of the line. */
  readonly byte: number;
  /** Nothing is wrong with it but its size. */
  readonly tooLarge?: true;
}
