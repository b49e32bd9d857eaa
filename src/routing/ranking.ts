import type { Member } from './member.ts';
import type { Scored } from './score.ts';

/** A candidate among the first of a ranking. Smaller is better, from the first to the last; then the id decides. */
export interface Ranked {
  readonly member: Member;
  readonly level: number;
  readonly open: number;
  readonly insteadOf: string | null;
  readonly first: number;
  readonly second: number;
  readonly third: number;
  /** Where that was looked at to rank it. */
  readonly scored: Scored | null;
}

/** The first few of many, in order. What is not among them costs one comparison. */
export class Ranking {
  readonly all: Ranked[] = [];
  #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether one with these ranks is not among the first, whatever its others are. */
  isBehind(first: number, second: number): boolean {
    const worst = this.all[this.#most - 1];
    return worst !== undefined && (first > worst.first || (first === worst.first && second > worst.second));
  }

  /** Whether one with these ranks would be among the first. */
  admits(first: number, second: number, third: number, id: string): boolean {
    const worst = this.all[this.#most - 1];
    return worst === undefined || isBefore(first, second, third, id, worst);
  }

  add(entry: Ranked): void {
    const { first, second, third, member } = entry;
    let at = this.all.length;
    while (at > 0 && isBefore(first, second, third, member.id, this.all[at - 1] as Ranked)) at -= 1;
    this.all.splice(at, 0, entry);
    if (this.all.length > this.#most) this.all.pop();
  }
}

const isBefore = (first: number, second: number, third: number, id: string, other: Ranked): boolean => {
  if (first !== other.first) return first < other.first;
  if (second !== other.second) return second < other.second;
  if (third !== other.third) return third < other.third;
  return id < other.member.id;
};
