import type { Json } from '../../definition/json.ts';
import type { ApprovalObligation } from '../../policy/index.ts';
import { decidersOfOthers, PLAIN_APPROVAL } from '../approvals/terms.ts';
import type { Draft } from '../draft.ts';
import type { Place, TaskSpec } from '../event.ts';
import { indexOf, stepOf } from '../steps.ts';

/**
 * Approvals that a policy asks for.
 *
 * ASK-1  They are tasks like any approval, decided on exactly the subject that is shown; what they say is yes or no, as what is
 *        decided about is what is going to be done.
 * ASK-2  Neither who asks, nor who lets them, nor who answers for these, nor anybody who took part in the work decides.
 * ASK-3  Where it is to be by others than other approvals of the run are, these are known when it is asked, and again when it is decided:
 *        many are given meanwhile. What the same policy asks about other acts is no other approval: one person may say yes to all of them. Those that 0.1.0 recorded are known where a step asked for them.
 */
export interface Asked extends Place {
  readonly task: string;
  readonly round: number;
  readonly attempt: number;
  readonly priority: number;
  readonly description: string;
  readonly reason: string;
  readonly subject: Json;
  /** Passports that must not decide, whatever the policy says. */
  readonly separate: readonly string[];
}

export const approvalSpec = (draft: Draft, asked: Asked, obligation: ApprovalObligation): TaskSpec => {
  const { subject, separate, ...place } = asked;
  const { from, quorum, within, escalate, distinctFrom, reasonRequired, restsOn } = obligation;
  const { moment } = draft;
  const apart = distinctFrom.includes('approvers') && { apart: restsOn };
  return {
    ...place,
    kind: 'approval',
    by: 'human',
    from,
    separate: [
      ...new Set([...separate, ...distinctFrom.flatMap((word) => passportsOf(draft, word, restsOn))]),
    ],
    input: draft.settle(subject),
    subject: moment.sha256(moment.canonical(subject)),
    quorum,
    escalate,
    within,
    deadline: within === null ? null : moment.now + within,
    ...((reasonRequired || apart) && {
      approval: { ...PLAIN_APPROVAL, reasoned: reasonRequired, ...apart },
    }),
  };
};

/** Those who took part are kept out in any case, so that nothing is left to add for them. */
const passportsOf = (
  { graph, state }: Draft,
  word: string,
  policies: readonly string[],
): readonly string[] => {
  if (word === 'contributors') return [];
  const ids = (passports: readonly (string | null)[]): readonly string[] =>
    passports.filter((passport) => passport !== null);
  if (word === 'initiator') return ids([state.startedBy, state.accountable]);
  const doersOf = (id: string) =>
    indexOf(state, id) === undefined ? [] : ids(Object.entries(stepOf(state, id).doers).flat());
  if (word !== 'approvers') return doersOf(word);
  const approvals = graph.steps.filter(({ kind }) => kind === 'approval');
  return [...decidersOfOthers(state.deciders ?? {}, policies), ...approvals.flatMap(({ id }) => doersOf(id))];
};
