import type { Json, JsonObject } from '../definition/index.ts';
import { whyNot } from './missing.ts';
import type { Candidate, Change, Choice, Dropped, Explanation, Reason, Strategy } from './work.ts';

/**
 * An explanation as the ledger keeps it, where every task carries one: short keys, rows instead of objects.
 *
 * s strategy · b bound by · c choice · r seed · n considered · e eligible · t candidates (id, score, track, level, load, speed,
 * affinity, cost, instead of) · d dropped (reason, of, count, examples …) · w changes
 */
export const compact = (explanation: Explanation): JsonObject => {
  const { strategy, by, choice, seed, considered, eligible, candidates, dropped, changes } = explanation;
  const row: Record<string, Json> = { s: strategy };
  if (by) row['b'] = by;
  row['c'] = choiceRow(choice);
  if (seed !== null) row['r'] = seed;
  row['n'] = considered;
  row['e'] = eligible;
  if (candidates.length > 0) row['t'] = candidates.map(candidateRow);
  if (dropped.length > 0) row['d'] = dropped.map(droppedRow);
  if (changes.length > 0) row['w'] = changes.map(changeRow);
  return row;
};

const choiceRow = (choice: Choice): Json[] => {
  switch (choice.kind) {
    case 'assigned':
      return ['assigned', choice.to];
    case 'offered':
      return choice.to === null ? ['offered'] : ['offered', [...choice.to]];
    case 'waiting':
      return choice.for === null ? ['waiting'] : ['waiting', choice.for];
    case 'nobody':
      return ['nobody', choice.missing];
  }
};

const candidateRow = ({ id, score, factors, insteadOf }: Candidate): Json[] => {
  const { track, level, load, speed, affinity, cost } = factors;
  const row: Json[] = [id, score, track, level, load, speed, affinity, cost];
  if (insteadOf !== null) row.push(insteadOf);
  return row;
};
const droppedRow = ({ reason, of, count, examples }: Dropped): Json[] => [reason, of, count, ...examples];
const changeRow = (change: Change): Json[] =>
  change.kind === 'score' ? [change.id, change.more] : [change.id, change.reason, change.detail];

/** The inverse of `compact`; of nothing else. */
export const expanded = (json: JsonObject): Explanation => {
  const rows = (key: string): Json[][] => (json[key] ?? []) as Json[][];
  return {
    strategy: json['s'] as Strategy,
    by: (json['b'] ?? null) as Explanation['by'],
    choice: choiceFrom(json['c'] as Json[]),
    seed: (json['r'] ?? null) as string | null,
    considered: json['n'] as number,
    eligible: json['e'] as number,
    candidates: rows('t').map(candidateFrom),
    dropped: rows('d').map(droppedFrom),
    changes: rows('w').map(changeFrom),
  };
};

const choiceFrom = ([kind, to]: Json[]): Choice => {
  switch (kind) {
    case 'assigned':
      return { kind, to: to as string };
    case 'offered':
      return { kind, to: (to ?? null) as string[] | null };
    case 'nobody':
      return { kind, missing: to as string };
    default:
      return { kind: 'waiting', for: (to ?? null) as string | null };
  }
};

const candidateFrom = (row: Json[]): Candidate => {
  const [id, score, track, level, load, speed, affinity, cost, insteadOf = null] = row;
  const factors = { track, level, load, speed, affinity, cost } as Candidate['factors'];
  return { id: id as string, score: score as number, factors, insteadOf: insteadOf as string | null };
};
const droppedFrom = ([reason, of = null, count, ...examples]: Json[]): Dropped => ({
  reason: reason as Reason,
  of: of as string | null,
  count: count as number,
  examples: examples as string[],
});
const changeFrom = ([id, second, detail = null]: Json[]): Change =>
  typeof second === 'number'
    ? { id: id as string, kind: 'score', more: second }
    : { id: id as string, kind: 'free', reason: second as Reason, detail: detail as string | null };

/** The explanation in plain words, a line each. `nameOf` gives the name to show for a passport id. */
export const explain = (explanation: Explanation, nameOf: (id: string) => string = (id) => id): string[] => [
  outcome(explanation, nameOf),
  `${explanation.considered} considered, ${explanation.eligible} could take it.`,
  ...explanation.candidates.map((candidate, at) => `${at + 1}. ${candidateLine(candidate, nameOf)}`),
  ...explanation.dropped.map((one) => droppedLine(one, nameOf)),
  ...explanation.changes.map((change) => changeLine(change, nameOf)),
];

const outcome = ({ choice, strategy, by, seed }: Explanation, nameOf: (id: string) => string): string => {
  const chance = seed === null ? '' : `, seed ${seed}`;
  const how =
    by === null
      ? `${strategy}${chance}`
      : by === 'preferred'
        ? 'preferred'
        : `${strategy}, fallback${chance}`;
  switch (choice.kind) {
    case 'assigned':
      return `Assigned to ${nameOf(choice.to)} (${how}).`;
    case 'offered':
      return `Offered to ${choice.to?.map(nameOf).join(', ') ?? 'whoever is eligible'} (${how}).`;
    case 'waiting':
      return choice.for === null
        ? `Waits: somebody is eligible, and nobody can take it now (${how}).`
        : `Waits for ${nameOf(choice.for)}, who cannot take it now (${how}).`;
    case 'nobody':
      return `Nobody is eligible. Missing: ${choice.missing}.`;
  }
};

const candidateLine = (
  { id, score, factors, insteadOf }: Candidate,
  nameOf: (id: string) => string,
): string => {
  const { track, level, load, speed, affinity, cost } = factors;
  const parts = [`track record ${track}`, `level ${level}`, `free ${load}`, `speed ${speed}`];
  if (affinity > 0) parts.push('knows the case');
  if (cost !== null) parts.push(`cheapness ${cost}`);
  const stead = insteadOf === null ? '' : ` in place of ${nameOf(insteadOf)}`;
  return `${nameOf(id)}${stead}: ${score} (${parts.join(', ')})`;
};

/** `Dropped: 12 (ann, bob, eve, …), each of whom lacks reading.` */
const droppedLine = ({ reason, of, count, examples }: Dropped, nameOf: (id: string) => string): string => {
  const names =
    examples.map(nameOf).join(', ') + (count > examples.length && examples.length > 0 ? ', …' : '');
  const who = count === 1 ? names || '1' : `${count}${names && ` (${names})`}`;
  return `Dropped: ${who}, ${count === 1 ? 'who' : 'each of whom'} ${whyNot(reason, of, null)}.`;
};

const changeLine = (change: Change, nameOf: (id: string) => string): string => {
  if (change.kind === 'score') return `${nameOf(change.id)} would have been chosen with ${change.more} more.`;
  const detail = change.detail === null ? '' : ` (${change.detail})`;
  return `${nameOf(change.id)} would have been chosen, but ${whyNot(change.reason, null, null)}${detail}.`;
};
