import type { Contract } from './contract.ts';

/**
 * Finds capabilities by the words of a goal.
 *
 * MATCH-1  A capability is found when at least half of the words of its id are in the goal, or at least half of the goal's words are in
 *          its id and description. Words count by their stem; the most common ones do not count.
 * MATCH-2  At most ten, best first, then by id: the same words find the same capabilities.
 */
export function capabilitiesFor(goal: string, contracts: readonly Contract[]): string[] {
  const asked = stems(goal);
  return contracts
    .map((contract) => ({ id: contract.id, score: scoreOf(contract, asked) }))
    .filter(({ score }) => score >= LEAST)
    .toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
    .slice(0, MOST)
    .map(({ id }) => id);
}

const LEAST = 0.5;
const MOST = 10;

function scoreOf({ id, description }: Contract, asked: ReadonlySet<string>): number {
  if (asked.size === 0) return 0;
  const named = stems(id);
  const told = new Set([...named, ...stems(description)]);
  return Math.max(share(named, asked), share(asked, told));
}

/** How much of the first is in the second. */
const share = (part: ReadonlySet<string>, whole: ReadonlySet<string>): number =>
  part.size === 0 ? 0 : [...part].filter((word) => whole.has(word)).length / part.size;

const COMMON = new Set(
  `a all an and any are as at be by do each every for from give have how i in into is it its make me my new of on or our out please so
   some that the their them then these this those to up us we what which with you your`.split(/\s+/),
);

const stems = (text: string): Set<string> =>
  new Set((text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => !COMMON.has(word)).map(stem));

const ENDINGS = ['ations', 'ation', 'ments', 'ment', 'ings', 'ing', 'ies', 'ed', 'es', 'e', 's', 'y'];
const LEAST_STEM = 3;

/** Cuts the first ending that leaves enough of the word: `processing`, `processes` and `process` become one. */
function stem(word: string): string {
  const ending = ENDINGS.find((end) => word.endsWith(end) && word.length - end.length >= LEAST_STEM);
  const cut = ending === undefined ? word : word.slice(0, -ending.length);
  return cut.length > LEAST_STEM && cut.at(-1) === cut.at(-2) ? cut.slice(0, -1) : cut;
}
