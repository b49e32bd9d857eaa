import { evaluate, type FactsOf, type Ruling } from '../../policy/index.ts';
import { joined, usual } from './boundaries.ts';
import { participantOf, timeOf, type FindPassport } from './facts.ts';
import type { Policies } from './policies.ts';

/** Work of a run that has not begun. */
export interface ForeseenWork {
  readonly requires: readonly string[];
  readonly by: 'agent' | 'human' | null;
  readonly priority: number;
}

/**
 * What policies would say of whoever gets such work, and begins with it, in a run that begins now; null where none speaks of that. Facts
 * that are not known yet are missing, and conditions on them count as if they held (EVAL-2).
 */
export function foresee(
  { policies, now, find }: { readonly policies: Policies; readonly now: number; readonly find: FindPassport },
  { requires, by, priority }: ForeseenWork,
): ((participant: string) => Ruling) | null {
  const holds = policies.inForce();
  if (holds && holds.set.at['task.assign'].length + holds.set.at['task.start'].length === 0) return null;
  const { set, profile } = holds ?? usual(policies);
  const organisation = { profile, emergencyStop: policies.emergencyStop };
  const known = {
    now: timeOf(now),
    run: { safety: 'reversible', priority, depth: 0, contributors: [], tasks: 0, tokens: 0 },
    task: { kind: 'task', requires: [...requires], by, attempt: 1, priority },
  };
  return (id) => {
    const participant = participantOf({ find, now }, id);
    const got = { ...known, candidate: participant } as unknown as FactsOf<'task.assign'>;
    const begun = { ...known, participant } as unknown as FactsOf<'task.start'>;
    return joined(
      evaluate(set, 'task.assign', got, organisation),
      evaluate(set, 'task.start', begun, organisation),
      find(id),
    );
  };
}
