import type { ApprovalObligation } from '../../policy/index.ts';
import { askedOn } from '../../policy/ruling.ts';
import type { Authority } from '../attribution.ts';
import type { Draft } from '../draft.ts';
import type { TaskKind } from '../event.ts';
import { workId } from '../ids.ts';
import { approvalSpec, type Asked } from './approval.ts';
import { candidateOf, withRuling, type CandidateRuling } from './ruling.ts';
import { setDeadlineTimer } from '../set-deadline.ts';
import type { SlotState, StepState, Task } from '../state.ts';

/** What people are asked before something goes on. */
interface AskedInPlace extends Pick<Asked, 'priority' | 'description' | 'reason' | 'subject'> {
  /** Of exactly what is approved. */
  readonly digest: string;
  /** On what it is asked where the obligation does not say. */
  readonly authority: Authority;
  /** What made it asked; of a result that stands with that. Who is told of the act has been, or is once it is done. */
  readonly ruling?: CandidateRuling;
  /** As in the event. */
  readonly of?: TaskKind;
}

/** Asks for an approval that stands in the place of what it is about: of the next attempt at this slot, or of what came of it. */
export const askInPlace = (
  draft: Draft,
  type: 'begin.asked' | 'result.asked' | 'write.asked',
  step: StepState,
  slot: SlotState,
  { digest, authority, ruling, of, ...shown }: AskedInPlace,
  obligation: ApprovalObligation,
): void => {
  const attempt = slot.attempt + 1;
  const task = workId(draft.state, step, slot.slot, attempt);
  const place = { step: step.id, slot: slot.slot, task, round: step.round, attempt };
  const spec = approvalSpec(draft, { ...place, ...shown, separate: [] }, obligation);
  const nth = (slot.asked ?? 0) + 1;
  const ruled = ruling && {
    ...withRuling(draft, { ...ruling, notifications: [] }),
    ...candidateOf(ruling),
  };
  const data = { ...spec, digest, restsOn: obligation.restsOn, nth, ...(of && { of }), ...ruled };
  draft.rule(type, 'decide', data, askedOn(obligation) ?? { ...authority });
  setDeadlineTimer(draft, draft.state.tasks[task] as Task);
};
