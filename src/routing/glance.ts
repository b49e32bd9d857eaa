import type { OpeningHours } from './hours.ts';
import type { Member } from './member.ts';

/** What a glance tells, as bits: see `stateOf`. Nobody is at a slot whose state is 0. */
export const FULL = 1;
export const PRESENT = 2;
export const HOURS = 4;
export const KINDS = { human: 8, agent: 16, system: 32 } as const;
export const STATUS = { available: 0, busy: 64, away: 128, suspended: 256, revoked: 512 } as const;

/**
 * What is asked of thousands, a few numbers for each participant by its slot: small enough to stay near the processor, where the
 * participants themselves are scattered over memory, and fetching one takes longer than all that is asked of it.
 *
 * GLANCE-1  It says what the member says: whoever changes `open` or `present` of a member writes it anew.
 */
export class Glances {
  states = new Uint16Array(64);
  open = new Int32Array(64);
  capacities = new Int32Array(64);
  /** Highest tier of safety. */
  safety = new Uint8Array(64);
  /** Puts members in an order that depends on their ids alone. */
  keys = new Float64Array(64);
  readonly members: (Member | undefined)[] = [];
  readonly ids: string[] = [];
  readonly hours: (OpeningHours | null)[] = [];
  readonly accountable: (string | null)[] = [];
  #free: number[] = [];
  #used = 0;

  /** All slots are below this; some may be free. */
  get used(): number {
    return this.#used;
  }

  take(): number {
    const slot = this.#free.pop() ?? this.#used++;
    if (slot >= this.states.length) this.#grow();
    return slot;
  }

  leave(slot: number): void {
    this.states[slot] = 0;
    this.members[slot] = undefined;
    this.#free.push(slot);
  }

  /** Whoever comes to a slot that `take` gave. */
  enter(member: Member): void {
    const { slot } = member;
    this.members[slot] = member;
    this.ids[slot] = member.id;
    this.hours[slot] = member.hours;
    this.accountable[slot] = member.accountable;
    this.capacities[slot] = member.capacity;
    this.safety[slot] = member.safety;
    this.keys[slot] = member.key;
    this.write(member);
  }

  write(member: Member): void {
    this.states[member.slot] = stateOf(member);
    this.open[member.slot] = member.open;
  }

  #grow(): void {
    const size = this.states.length * 2;
    const { states, open, capacities, safety, keys } = this;
    (this.states = new Uint16Array(size)).set(states);
    (this.open = new Int32Array(size)).set(open);
    (this.capacities = new Int32Array(size)).set(capacities);
    (this.safety = new Uint8Array(size)).set(safety);
    (this.keys = new Float64Array(size)).set(keys);
  }
}

const stateOf = ({ passport, open, capacity, present, hours, kind }: Member): number =>
  STATUS[passport.status] |
  (open >= capacity ? FULL : 0) |
  (present ? PRESENT : 0) |
  (hours ? HOURS : 0) |
  KINDS[kind];
