const BUCKETS = 128;

/**
 * Those whose rank is not known yet, by the most that each can score: whoever looks at them begins with the most promising, and may
 * stop when nobody else can come among the first.
 *
 * PROSPECT-1  Whoever is in a bucket scores no more than `mostIn` says of it, and no more than `bounds` says of them.
 */
export class Prospects {
  slots = new Int32Array(64);
  levels = new Float64Array(64);
  bounds = new Float64Array(64);
  #next = new Int32Array(64);
  #first = new Int32Array(BUCKETS).fill(-1);
  #size = 0;
  /** The best and the last bucket that anybody is in; -1 and one more than there are while nobody is in any. */
  best = -1;
  last = BUCKETS;

  clear(): void {
    for (let bucket = this.last; bucket <= this.best; bucket++) this.#first[bucket] = -1;
    this.#size = 0;
    this.best = -1;
    this.last = BUCKETS;
  }

  /** `bound` is 0..1. */
  add(slot: number, level: number, bound: number): void {
    if (this.#size === this.slots.length) this.#grow();
    const at = this.#size++;
    const bucket = Math.min(BUCKETS - 1, Math.floor(bound * BUCKETS));
    this.slots[at] = slot;
    this.levels[at] = level;
    this.bounds[at] = bound;
    this.#next[at] = this.#first[bucket] as number;
    this.#first[bucket] = at;
    if (bucket > this.best) this.best = bucket;
    if (bucket < this.last) this.last = bucket;
  }

  /** More than anybody in the bucket scores. */
  mostIn(bucket: number): number {
    return bucket === BUCKETS - 1 ? Number.POSITIVE_INFINITY : (bucket + 1) / BUCKETS;
  }

  /** The first in a bucket, as a position in `slots`, `levels` and `bounds`; -1 is nobody. */
  firstIn(bucket: number): number {
    return this.#first[bucket] as number;
  }

  nextAfter(at: number): number {
    return this.#next[at] as number;
  }

  #grow(): void {
    const size = this.slots.length * 2;
    const { slots, levels, bounds } = this;
    const next = this.#next;
    (this.slots = new Int32Array(size)).set(slots);
    (this.levels = new Float64Array(size)).set(levels);
    (this.bounds = new Float64Array(size)).set(bounds);
    (this.#next = new Int32Array(size)).set(next);
  }
}
