/**
 * How much an organisation leaves to its agents where no policy speaks.
 *
 * AUTO-1  The profile is a floor of the verdict: policies go above it, never below.
 * AUTO-3  With `peopleLaunch` a person who starts a run is not asked for another's approval of that, but for its cost.
 * AUTO-2  Whom it asks counts only where no policy asks somebody for the same verdict; so one act is not decided twice.
 */
import { SAFETIES } from '../definition/graph.ts';
import type { Path } from '../definition/path.ts';
import type { FactsOf, Point } from './facts.ts';
import type { Profile } from './profile.ts';
import type { Verdict } from './ruling.ts';

export const AUTONOMIES = ['paranoid', 'balanced', 'aggressive'] as const;
export type Autonomy = (typeof AUTONOMIES)[number];

export interface AutonomyRow {
  /** When the row holds, in words. */
  readonly holds: string;
  readonly reads: readonly Path[];
  readonly paranoid: Verdict;
  readonly balanced: Verdict;
  readonly aggressive: Verdict;
}

const row = (
  holds: string,
  reads: readonly string[],
  [paranoid, balanced, aggressive]: readonly [Verdict, Verdict, Verdict],
): AutonomyRow => ({ holds, reads: reads.map((path) => path.split('.')), paranoid, balanced, aggressive });

/** A launch is looked at by somebody from these numbers on. */
export const LAUNCH_CONCURRENCY = 4;
export const LAUNCH_TASKS = 8;

const ALWAYS = ['require_approval', 'require_approval', 'require_approval'] as const;
const CAREFUL = ['require_approval', 'require_approval', 'allow'] as const;
const PARANOID = ['require_approval', 'allow', 'allow'] as const;
const FREE = ['allow', 'allow', 'allow'] as const;

/**
 * What each profile asks for. The name of a row is the code of the reason. At `task.start` no row exists: who may have the task was
 * settled at `task.assign`.
 */
export const AUTONOMY = {
  'run.start': {
    non_read_only: row(
      'the tier is not `read_only`',
      ['definition.safety', 'parent', 'startedBy.kind'],
      CAREFUL,
    ),
    high_concurrency: row(
      `${LAUNCH_CONCURRENCY} tasks or more at once, as estimated, else as capped`,
      ['estimate.concurrency', 'limits.concurrency', 'startedBy.kind'],
      CAREFUL,
    ),
    high_task_count: row(
      `${LAUNCH_TASKS} tasks or more, as estimated, else as capped`,
      ['estimate.tasks', 'limits.tasks', 'startedBy.kind'],
      CAREFUL,
    ),
    high_cost: row(
      'the cost, as estimated, else as capped, is over the threshold of the profile, or in another currency',
      ['estimate.cost', 'limits.cost'],
      ALWAYS,
    ),
  },
  'task.assign': {
    agent_on_irreversible: row(
      'an agent would work in an `irreversible` run',
      ['candidate.kind', 'candidate.id', 'run.safety'],
      ['route_to_human', 'allow', 'allow'],
    ),
  },
  'task.start': {},
  'tool.call': {
    read_only_call: row('the class is `read_only`', ['tool'], FREE),
    reversible_call: row('the class is `reversible`', ['tool'], PARANOID),
    consequential_call: row('the class is `consequential`', ['tool'], CAREFUL),
  },
  'task.complete': {
    low_confidence: row(
      'an agent reports a confidence below the threshold of the profile',
      ['confidence', 'participant.id'],
      ['route_to_human', 'route_to_human', 'route_to_human'],
    ),
    unknown_confidence: row(
      'an agent reports no confidence',
      ['confidence', 'participant.id'],
      ['route_to_human', 'allow', 'allow'],
    ),
  },
  'record.write': {
    read_only_write: row('the operation is `read_only`', ['record'], FREE),
    reversible_write: row('it is `reversible`, and no approval stands before it', ['record'], PARANOID),
    reversible_guarded: row('it is `reversible`, after an approval', ['record'], FREE),
    irreversible_write: row('it is `irreversible`, and no approval stands before it', ['record'], ALWAYS),
    irreversible_guarded: row('it is `irreversible`, after an approval', ['record'], PARANOID),
  },
  delegate: {
    to_agent: row('an agent may act for somebody', ['grantor.id', 'grantee.id', 'grantee.kind'], PARANOID),
    to_person: row('a human may act for somebody', ['grantor.id', 'grantee.id', 'grantee.kind'], FREE),
  },
} as const satisfies { readonly [P in Point]: { readonly [code: string]: AutonomyRow } };

type CodesOf<P extends Point> = readonly (keyof (typeof AUTONOMY)[P] & string)[];
type Holding = { readonly [P in Point]: (facts: FactsOf<P>, profile: Profile) => CodesOf<P> };

/** Which rows hold. */
const HOLDING: Holding = {
  'run.start': launchCodes,
  'task.assign': ({ candidate, run }) =>
    candidate.kind === 'agent' && run.safety === 'irreversible' ? ['agent_on_irreversible'] : [],
  'task.start': () => [],
  'tool.call': ({ tool }) => [CALLS[tool.class] ?? 'consequential_call'],
  'task.complete': ({ participant, confidence }, profile) => {
    if (participant.kind !== 'agent') return [];
    if (confidence === null) return ['unknown_confidence'];
    // Written so that what is no number counts as low.
    return confidence >= profile.confidence ? [] : ['low_confidence'];
  },
  'record.write': ({ record: { safety, guarded } }) => {
    if (safety === 'read_only') return ['read_only_write'];
    if (safety === 'reversible') return [guarded ? 'reversible_guarded' : 'reversible_write'];
    return [guarded ? 'irreversible_guarded' : 'irreversible_write'];
  },
  delegate: ({ grantee }) => [grantee.kind === 'human' ? 'to_person' : 'to_agent'],
};
const CALLS = {
  read_only: 'read_only_call',
  reversible: 'reversible_call',
  consequential: 'consequential_call',
} as const;

/** A run inside of another was launched with it, unless its tier is higher. */
function launchCodes(facts: FactsOf<'run.start'>, profile: Profile): CodesOf<'run.start'> {
  const { definition, estimate, limits, parent, startedBy } = facts;
  const codes: CodesOf<'run.start'>[number][] = [];
  const isDecided = profile.peopleLaunch && startedBy.kind === 'human';
  const covered = parent === null ? 'read_only' : parent.safety;
  const isMore = SAFETIES.indexOf(definition.safety) > SAFETIES.indexOf(covered);
  if (isMore && !(isDecided && parent === null)) codes.push('non_read_only');
  if (parent !== null) return codes;
  const concurrency = estimate.concurrency ?? limits.concurrency;
  if (concurrency >= LAUNCH_CONCURRENCY && !isDecided) codes.push('high_concurrency');
  if ((estimate.tasks ?? limits.tasks) >= LAUNCH_TASKS && !isDecided) codes.push('high_task_count');
  const [cost, most] = [estimate.cost ?? limits.cost, profile.cost];
  if (cost !== null && most !== null && (cost.currency !== most.currency || cost.amount > most.amount))
    codes.push('high_cost');
  return codes;
}

/** A row of the table that asks for something. */
export interface Asked {
  readonly code: string;
  readonly verdict: Exclude<Verdict, 'allow' | 'deny'>;
  readonly message: string;
  readonly reads: readonly Path[];
}

export function askedBy<P extends Point>(profile: Profile, point: P, facts: FactsOf<P>): readonly Asked[] {
  const rows: { readonly [code: string]: AutonomyRow } = AUTONOMY[point];
  const codes: readonly string[] = HOLDING[point](facts, profile);
  return codes.flatMap((code) => {
    const { holds, reads, [profile.autonomy]: verdict } = rows[code]!;
    if (verdict === 'allow' || verdict === 'deny') return [];
    const message = `${holds.replaceAll('`', "'")}; a ${profile.autonomy} organisation ${DOES[verdict]}`;
    return [{ code, verdict, message, reads }];
  });
}
const DOES = {
  route_to_human: 'leaves that to a human',
  require_approval: 'asks for an approval',
} as const;
