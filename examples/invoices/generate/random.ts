/** A small deterministic source of chance: the same seed gives the same draws on every machine. */
export interface Chance {
  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  pick<T>(choices: readonly T[]): T;
  /** `count` different choices, in the order of `choices`. */
  sample<T>(choices: readonly T[], count: number): T[];
}

export function chanceFrom(seed: string): Chance {
  let state = hash(seed);
  // Weyl sequence through a 32-bit mixer; every operation is exact in 32 bits.
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  const integer = (low: number, high: number): number => low + (next() % (high - low + 1));
  return {
    integer,
    pick: (choices) => choices[integer(0, choices.length - 1)]!,
    sample: (choices, count) => sampleOf(choices, count, integer),
  };
}

function sampleOf<T>(choices: readonly T[], count: number, integer: Chance['integer']): T[] {
  const left = choices.map((_, index) => index);
  const taken: number[] = [];
  while (taken.length < count && left.length > 0) {
    taken.push(...left.splice(integer(0, left.length - 1), 1));
  }
  return taken.toSorted((a, b) => a - b).map((index) => choices[index]!);
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ character.codePointAt(0)!, 0x01000193) >>> 0;
  return value;
}
