/**
 * What each consumer is at work on, in a file beside the database (`PageFile`). After the end of a process that nobody asked
 * for it says which entries may have been the cause. A consumer has a place of its own, one page. One that the end of the
 * process has left half written begins with another number, and says nothing:
 *
 *     f64 number of the log; kind, first and last of what runs; entries under way; 1 when careful; position, times and
 *     kind of what is blamed; number of stretches under way, of suspect ones; two f64 for each
 *
 * The first place belongs to no consumer: number of the log, how many positions are condemned, and these.
 */
import { join } from 'node:path';
import type { Position } from '../../../base/request.ts';
import type { AtWork, Stretch, WorkKind, WorkNotes } from '../../work-notes.ts';
import { PageFile, pageLength } from '../disk/page-file.ts';
import type { ConsumerNumber } from '../disk/store.ts';

const numbers = pageLength / 8;
const headLength = 11;
/** More are put together with the last one. */
const maxStretches = (numbers - headLength) / 2;
const maxCondemned = numbers - 2;

const kinds: readonly (WorkKind | undefined)[] = [undefined, 'examining', 'attempting'];

export class WorkFile implements WorkNotes {
  readonly #file: PageFile;
  readonly #logNumber: number;
  readonly #numberOf: (consumer: string) => ConsumerNumber;
  readonly #place = new Float64Array(numbers);
  readonly #bytes = new Uint8Array(this.#place.buffer);
  readonly #condemned = new Set<Position>();

  /** Throws what opening throws. */
  constructor(directory: string, logNumber: number, numberOf: (consumer: string) => ConsumerNumber) {
    this.#file = new PageFile(join(directory, 'at-work'));
    this.#logNumber = logNumber;
    this.#numberOf = numberOf;
    if (!this.#load(0)) return;
    const [, count = 0] = this.#place;
    for (const position of this.#place.subarray(2, 2 + count)) this.#condemned.add(position);
  }

  get condemned(): ReadonlySet<Position> {
    return this.#condemned;
  }

  condemn(position: Position): void {
    this.#condemned.add(position);
    const newest = [...this.#condemned].slice(-maxCondemned);
    this.#place.set([this.#logNumber, newest.length, ...newest]);
    this.#store(() => 0, 2 + newest.length);
  }

  read(consumer: string): AtWork | undefined {
    if (!this.#load(this.#numberOf(consumer))) return undefined;
    const [, kind = 0, first = 0, last = 0, entries = 0, careful = 0, position = 0, times = 0, of = 0] = this.#place;
    const [underWay = 0, suspects = 0] = this.#place.subarray(9);
    const [running, blamed] = [kinds[kind], kinds[of]];
    return {
      ...(running === undefined ? {} : { running: { kind: running, first, last } }),
      ...(blamed === undefined ? {} : { blamed: { kind: blamed, position, times } }),
      entries,
      careful: careful !== 0,
      underWay: this.#stretches(headLength, underWay),
      suspects: this.#stretches(headLength + 2 * underWay, suspects),
    };
  }

  write(consumer: string, { running, blamed, entries, careful, underWay, suspects }: AtWork): void {
    const [calls, others] = [joined(underWay, maxStretches / 2), joined(suspects, maxStretches / 2)];
    const place = this.#place;
    place[0] = this.#logNumber;
    place[1] = kinds.indexOf(running?.kind);
    place[2] = running?.first ?? 0;
    place[3] = running?.last ?? 0;
    place[4] = entries;
    place[5] = careful ? 1 : 0;
    place[6] = blamed?.position ?? 0;
    place[7] = blamed?.times ?? 0;
    place[8] = kinds.indexOf(blamed?.kind);
    place[9] = calls.length;
    place[10] = others.length;
    let at = headLength;
    for (const stretch of [calls, others].flat()) {
      place[at++] = stretch.first;
      place[at++] = stretch.last;
    }
    this.#store(() => this.#numberOf(consumer), at);
  }

  close(): void {
    this.#file.close();
  }

  #stretches(from: number, count: number): readonly Stretch[] {
    return Array.from({ length: Math.min(count, maxStretches) }, (_, i) => ({
      first: this.#place[from + 2 * i] ?? 0,
      last: this.#place[from + 2 * i + 1] ?? 0,
    }));
  }

  /** Whether there is something, of this log. */
  #load(place: number): boolean {
    return this.#file.read(place, this.#bytes) >= 2 * 8 && this.#place[0] === this.#logNumber;
  }

  /** Never throws: without it nothing is known after a crash, and everything else goes on. */
  #store(place: () => number, count: number): void {
    try {
      this.#file.write(place(), this.#bytes.subarray(0, count * 8));
    } catch {
      // A full disk, most likely, or a consumer that was removed meanwhile.
    }
  }
}

/** At most `limit` stretches, which cover all of these. */
function joined(stretches: readonly Stretch[], limit: number): readonly Stretch[] {
  if (stretches.length <= limit) return stretches;
  const kept = Math.floor(limit) - 1;
  const rest = stretches.slice(kept);
  const first = Math.min(...rest.map((stretch) => stretch.first));
  return [...stretches.slice(0, kept), { first, last: Math.max(...rest.map(({ last }) => last)) }];
}
