import type { Member } from './member.ts';

/** What a glance tells, as bits: see `stateOf`. */
export const PLAIN = 1;
export const FULL = 2;
export const PRESENT = 4;
export const HOURS = 8;
export const KINDS = { human: 16, agent: 32, system: 64 } as const;

/**
 * What is asked of thousands, a byte and three numbers for each participant by its slot: small enough to stay near the processor, where the
 * participants themselves are scattered over memory, and fetching one takes longer than all that is asked of it.
 *
 * GLANCE-1  It says what the member says: whoever changes `open` or `present` of a member writes it anew.
 */
export class Glances {
  states = new Uint8Array(64);
  open = new Int32Array(64);
  capacities = new Int32Array(64);
  /** Highest tier of safety. */
  safety = new Uint8Array(64);
  /** Puts members in an order that depends on their ids alone. */
  keys = new Float64Array(64);
  #ids: string[] = [];
  #free: number[] = [];
  #used = 0;

  take(): number {
    const slot = this.#free.pop() ?? this.#used++;
    if (slot >= this.states.length) this.#grow();
    return slot;
  }

  idAt(slot: number): string {
    return this.#ids[slot] as string;
  }

  leave(slot: number): void {
    this.#free.push(slot);
  }

  write(member: Member): void {
    const { slot, capacity, open } = member;
    this.states[slot] = stateOf(member);
    this.#ids[slot] = member.id;
    this.open[slot] = open;
    this.capacities[slot] = capacity;
    this.safety[slot] = member.safety;
    this.keys[slot] = member.key;
  }

  #grow(): void {
    const size = this.states.length * 2;
    const [states, safety] = [new Uint8Array(size), new Uint8Array(size)];
    const [open, capacities] = [new Int32Array(size), new Int32Array(size)];
    const keys = new Float64Array(size);
    states.set(this.states);
    safety.set(this.safety);
    open.set(this.open);
    capacities.set(this.capacities);
    keys.set(this.keys);
    [this.states, this.safety, this.open, this.capacities, this.keys] = [
      states,
      safety,
      open,
      capacities,
      keys,
    ];
  }
}

const stateOf = ({ isPlain, open, capacity, present, hours, kind }: Member): number =>
  (isPlain ? PLAIN : 0) |
  (open >= capacity ? FULL : 0) |
  (present ? PRESENT : 0) |
  (hours ? HOURS : 0) |
  KINDS[kind];
