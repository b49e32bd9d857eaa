import type { OpeningHours } from './hours.ts';
import { isSought, type Member, type Sought } from './member.ts';

/** What a glance tells, as bits: see `stateOf`. Nobody is at a slot whose state is 0. */
export const FULL = 1;
const PRESENT = 2;
export const HOURS = 4;
export const KINDS = { human: 8, agent: 16, system: 32 } as const;
export const STATUS = { available: 0, busy: 64, away: 128, suspended: 256, revoked: 512 } as const;
/** Waits for some work only, in the place of `PRESENT`. */
const CHOOSY = 1024;

/** Where a row has what; `CAPACITY` and `OPEN` are numbers of tasks. */
export const [STATE, OPEN, CAPACITY, KEY] = [0, 1, 2, 3] as const;
/** Numbers in a row. */
export const ROW = 4;
/** The tier of safety stands above the bits of the state. */
const SAFETY_SHIFT = 16;
export const safetyIn = (state: number): number => state >> SAFETY_SHIFT;

/**
 * What is asked of thousands, a row of four numbers for each participant by its slot: a quarter of what a processor fetches at once, where
 * the participants themselves are scattered over memory, and fetching one takes longer than all that is asked of it.
 *
 * GLANCE-1  It says what the member says: whoever changes `open`, `present` or `sought` of a member writes it anew.
 */
export class Glances {
  rows = new Int32Array(64 * ROW);
  readonly members: (Member | undefined)[] = [];
  readonly ids: string[] = [];
  readonly hours: (OpeningHours | null)[] = [];
  readonly accountable: (string | null)[] = [];
  readonly #sought: Sought[] = [];
  /** What was asked last: many wait for the same. */
  #last = { sought: null as Sought, requires: [] as readonly string[], isSought: true };
  /** What came of fetching, so that it is done. */
  fetched = 0;
  #free: number[] = [];
  #used = 0;

  /** All slots are below this; some may be free. */
  get used(): number {
    return this.#used;
  }

  take(): number {
    const slot = this.#free.pop() ?? this.#used++;
    if (slot * ROW >= this.rows.length) this.#grow();
    return slot;
  }

  leave(slot: number): void {
    this.rows[slot * ROW + STATE] = 0;
    this.members[slot] = undefined;
    this.#free.push(slot);
  }

  /** Whoever comes to a slot that `take` gave. */
  enter(member: Member): void {
    const { slot, capacity, key } = member;
    this.members[slot] = member;
    this.ids[slot] = member.id;
    this.hours[slot] = member.hours;
    this.accountable[slot] = member.accountable;
    this.rows[slot * ROW + CAPACITY] = capacity;
    this.rows[slot * ROW + KEY] = shortKey(key);
    this.write(member);
  }

  /**
   * Has the rows at hand: read in a loop that does nothing else, many come from memory at the same time, where whoever does something
   * with each waits for each.
   */
  fetch(slots: readonly number[]): void {
    const { rows } = this;
    let all = 0;
    for (let at = 0; at < slots.length; at++) all |= rows[(slots[at] as number) * ROW] as number;
    this.fetched = all;
  }

  /** The same for ids. */
  fetchIds(slots: readonly number[]): void {
    const { ids } = this;
    let all = 0;
    for (let at = 0; at < slots.length; at++) all |= (ids[slots[at] as number] as string).length;
    this.fetched = all;
  }

  write(member: Member): void {
    const row = member.slot * ROW;
    this.rows[row + STATE] = stateOf(member);
    this.rows[row + OPEN] = member.open;
    this.#sought[member.slot] = member.sought;
  }

  /** As `isHere` says of the member. */
  isHere(slot: number, requires: readonly string[]): boolean {
    const state = this.rows[slot * ROW + STATE] as number;
    if ((state & (PRESENT | KINDS.human)) !== 0) return true;
    return (state & CHOOSY) !== 0 && this.#seeks(slot, requires);
  }

  #seeks(slot: number, requires: readonly string[]): boolean {
    const sought = this.#sought[slot] as Sought;
    const last = this.#last;
    if (sought === last.sought && requires === last.requires) return last.isSought;
    last.sought = sought;
    last.requires = requires;
    return (last.isSought = isSought(sought, requires));
  }

  #grow(): void {
    const { rows } = this;
    (this.rows = new Int32Array(rows.length * 2)).set(rows);
  }
}

/** Of two keys, the smaller one has no greater short key. */
export const shortKey = (key: number): number => Math.floor(key * 0x4000_0000);

const stateOf = ({ passport, open, capacity, present, sought, hours, kind, safety }: Member): number =>
  STATUS[passport.status] |
  (open >= capacity ? FULL : 0) |
  (!present ? 0 : sought === null ? PRESENT : CHOOSY) |
  (hours ? HOURS : 0) |
  KINDS[kind] |
  (safety << SAFETY_SHIFT);
