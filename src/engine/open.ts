import { distinctFrom, stagesOf, termsOf as approvalTerms, type Stage } from './approvals/terms.ts';
import { approvalOf } from './approvals/use.ts';
import type { Authority } from './attribution.ts';
import type { ApprovalNode, Lapse, Layer, RecordNode, StepNode, TaskNode } from '../definition/graph.ts';
import type { Json } from '../definition/json.ts';
import { deadlinesOf, dueIn } from './deadline-terms.ts';
import type { Draft } from './draft.ts';
import { PLAIN_TASK, type TaskSpec, type TaskTerms } from './event.ts';
import type { Failure } from './failure.ts';
import { activationTimer, workId } from './ids.ts';
import { openChild } from './open-child.ts';
import { openWait } from './open-wait.ts';
import { capTime } from './policies/limits.ts';
import { awaitsLeave } from './policies/begin.ts';
import type { Beginner } from './policies/ruling.ts';
import { awaitsClearance, clearanceOf } from './policies/record.ts';
import { askForResult } from './policies/result.ts';
import { leaveToPeople } from './policies/work.ts';
import { itemOf } from './item.ts';
import { setDeadlineTimer } from './set-deadline.ts';
import { failSlot, withValue } from './slot-value.ts';
import { newSlot, type Escalation, type SlotState, type StepState, type Task } from './state.ts';
import { placeForPeople } from './placement.ts';
import { givenTo, HELD, keptOut, offerOf, placed, separateFrom, workOf, type Given } from './work.ts';

/**
 * Opens a slot: the next attempt of one piece of work.
 *
 * OPEN-1  A slot whose expressions fail is a failed slot, never a stuck one.
 * OPEN-2  Work that comes to a person because of a failure is not held to the step's time-out, which is for those who failed.
 * OPEN-3  Work that was taken back for people to decide first is for those again whom it was for, passed on or not, and as urgent; it
 *         was active, and is not activated again.
 */
export const openSlot = (draft: Draft, node: StepNode, step: StepState, slot: number): void => {
  const known = step.slots[slot] ?? newSlot(slot);
  if (known.held) return askForResult(draft, described(node, known), step, known, known.held);
  if (node.kind === 'approval') return openApproval(draft, node, step, known);
  if (known.escalation) return openEscalation(draft, node, step, known, known.escalation);
  switch (node.kind) {
    case 'task':
      return openTask(draft, node, step, known);
    case 'record':
      return openRecord(draft, node, step, known);
    case 'wait':
      return openWait(draft, node, step, known);
    case 'workflow':
      return openChild(draft, node, step, known);
  }
};

const openTask = (draft: Draft, node: TaskNode, step: StepState, slot: SlotState): void => {
  if (useEarly(draft, node, step, slot)) return;
  withNames(draft, node, step, slot, node.whom, node.from, (from) =>
    withActivation(draft, node, step, slot, (activateAt) =>
      withValue(draft, node, step, slot.slot, node.input, (value) => {
        const excluded = excludedFrom(node, step, slot);
        const input = draft.settle(value);
        const asked = { ...termsOf(draft, node), from, excluded, input, ...slot.terms };
        if (isPutToPeople(draft, node, step, slot, asked)) return;
        createTask(draft, node, step, slot, {
          ...asked,
          ...notUsed(draft, step, slot),
          ...(activateAt !== null && { activateAt }),
          deadline: after(draft, node.timeout, activateAt),
        });
      }),
    ),
  );
};

/** Whether it is left to people, or they decide on it before it is given out. */
const isPutToPeople = (
  draft: Draft,
  node: StepNode,
  step: StepState,
  slot: SlotState,
  asked: Asked,
): boolean => {
  const attempt = slot.attempt + 1;
  const task = workId(draft.state, step, slot.slot, attempt);
  const priority = asked.priority ?? node.priority ?? draft.state.priority;
  const work = () => workOf(draft, node, { ...asked, slot: slot.slot, task, attempt, priority }, null);
  if (asked.by !== 'human' && leaveToPeople(draft, node, step, slot, work)) return true;
  return awaitsLeave(draft, asked.description ?? null, step, slot, work);
};

const excludedFrom = (node: TaskNode, step: StepState, slot: SlotState): readonly string[] => {
  const kept = keptOut(node, step);
  return slot.another ? [...new Set([...kept, ...slot.excluded])] : kept;
};

/** What was done before its turn is not given out again: its result is taken, unless that would undo a separation of duties. */
const useEarly = (draft: Draft, node: TaskNode, step: StepState, slot: SlotState): boolean => {
  const task = doneEarly(draft, step, slot);
  if (!task || mixesDuties(draft, node, step)) return false;
  const attempt = slot.attempt + 1;
  draft.flow('task.used', node.layer, { step: step.id, slot: slot.slot, task: task.id, attempt });
  return true;
};

const doneEarly = ({ state }: Draft, step: StepState, slot: SlotState): Task | null => {
  const task = state.tasks[workId(state, step, slot.slot, slot.attempt + 1)];
  return task?.predone ? task : null;
};

/** The task that is created takes the place of what was announced, result included. */
const notUsed = (draft: Draft, step: StepState, slot: SlotState): Pick<Asked, 'reason'> =>
  doneEarly(draft, step, slot)
    ? { reason: 'Who did it before its turn has since done what it is to be separate from.' }
    : {};

/** Before its turn nobody has done it but those who did so early, or let them; some have since done what it is separate from. */
const mixesDuties = (draft: Draft, node: TaskNode, { doers }: StepState): boolean => {
  const separate = separateFrom(draft, node);
  return Object.entries(doers).some((parties) => parties.some((one) => one && separate.includes(one)));
};

/** Goes on with the time before which it is not given out; null where it is given out now. */
const withActivation = (
  draft: Draft,
  node: TaskNode,
  step: StepState,
  slot: SlotState,
  then: (at: number | null) => void,
): void => {
  if (!node.activateAt || slot.terms) return then(null);
  withValue(draft, node, step, slot.slot, node.activateAt, (value) => {
    if (typeof value === 'number') return then(value > draft.moment.now ? value : null);
    const message = `A task is activated at a time; ${JSON.stringify(value)} is none.`;
    failSlot(draft, node, step, slot.slot, { code: 'expression_failed', message });
  });
};

/** What a task asks for that does not depend on its slot. */
export const termsOf = (draft: Draft, node: TaskNode) => ({
  kind: 'task' as const,
  description: node.description,
  requires: node.requires,
  level: node.level,
  by: node.by,
  separate: separateFrom(draft, node),
  excluded: node.excluded,
  skippable: node.skippable,
  rules: node.rules,
});

/** Goes on with the parties that the step names: by their names, or by an expression. */
const withNames = (
  draft: Draft,
  node: TaskNode | ApprovalNode,
  step: StepState,
  slot: SlotState,
  by: TaskNode['whom'] | undefined,
  names: readonly string[],
  then: (names: readonly string[]) => void,
): void => {
  if (!by) return then(names);
  withValue(draft, node, step, slot.slot, by, (value) => then(value as readonly string[]));
};

/** An approval that nobody decided in time is escalated as an approval (TERMS-2), on the same subject. */
const openApproval = (draft: Draft, node: ApprovalNode, step: StepState, slot: SlotState): void => {
  const { escalation } = slot;
  if (escalation) return askToApprove(draft, node, step, slot, escalation.to.slice(0, 1), []);
  withNames(draft, node, step, slot, node.whom, node.from, (from) =>
    withNames(draft, node, step, slot, node.escalateTo, node.escalate, (hops) =>
      askToApprove(draft, node, step, slot, from, hops),
    ),
  );
};

const askToApprove = (
  draft: Draft,
  node: ApprovalNode,
  step: StepState,
  slot: SlotState,
  from: readonly string[],
  escalate: readonly string[],
): void =>
  withValue(draft, node, step, slot.slot, node.subject, (subject) => {
    const { escalation } = slot;
    const separate = distinctFrom(draft, node);
    const found = stagesOf(draft, node, step, slot.slot, { from, subject, separate });
    if (!found.ok) return failSlot(draft, node, step, slot.slot, found.failure);
    const [first] = found.stages as readonly [Stage, ...Stage[]];
    createTask(draft, node, step, slot, {
      kind: 'approval',
      description: node.description,
      by: 'human',
      from: first.from,
      separate,
      input: draft.settle(subject),
      deadline: after(draft, node.within),
      reason: escalation ? textOf(escalation.failure) : feedbackText(step.feedback),
      subject: draft.moment.sha256(draft.moment.canonical(subject)),
      quorum: first.quorum,
      escalate,
      within: node.within,
      approval: approvalTerms(node, found.stages),
    });
  });

const openRecord = (draft: Draft, node: RecordNode, step: StepState, slot: SlotState): void =>
  withValue(draft, node, step, slot.slot, node.input, (input) => {
    const approval = approvalOf(draft, node, slot.slot, input);
    if (approval && 'code' in approval) return failSlot(draft, node, step, slot.slot, approval);
    if (!slot.written && awaitsClearance(draft, node, step, slot, input)) return;
    const { system, operation, verify } = node;
    const { written } = slot;
    const asked: Asked = {
      by: 'system',
      from: [`system:${system}`],
      kind: written ? 'verification' : 'record',
      description: written ? confirming(node) : `${operation} in ${system}`,
      input: draft.settle(
        written ? { written: written.answer, operation, input } : { operation, input, verify },
      ),
      ...slot.terms,
    };
    if (isPutToPeople(draft, node, step, slot, asked)) return;
    createTask(draft, node, step, slot, {
      ...asked,
      deadline: after(draft, node.timeout),
      ...(verify && !written ? { verify } : {}),
      restsOn: written ? null : (clearanceOf(draft, node, step, slot.slot, input) ?? approval),
    });
  });

const confirming = ({ operation, system }: RecordNode): string => `Confirm ${operation} in ${system}`;
const described = (node: StepNode, { written }: SlotState): string | null => {
  if (node.kind === 'record' && written) return confirming(node);
  return 'description' in node ? node.description : null;
};

/** Where nobody is named and no human answers for the run, it is for whoever started it: what names nobody is for anybody. */
const openEscalation = (
  draft: Draft,
  node: StepNode,
  step: StepState,
  slot: SlotState,
  { to, failure, result }: Escalation,
): void => {
  const template = 'input' in node ? node.input : null;
  const input = template ? draft.evaluate(template, itemOf(draft, node, step, slot.slot)) : null;
  if (input && !input.ok && draft.isLate(step.id)) return;
  const asked: Asked = {
    kind: 'escalation',
    description: described(node, slot),
    by: 'human',
    from: to.length > 0 ? to.slice(0, 1) : [draft.state.startedBy],
    separate: separateFrom(draft, node),
    excluded: keptOut(node, step),
    input: draft.settle({
      input: input?.ok ? input.value : null,
      failure: { ...failure },
      ...result,
      ...(slot.written && { written: slot.written.answer }),
    }),
    ...slot.terms,
  };
  if (isPutToPeople(draft, node, step, slot, asked)) return;
  createTask(draft, node, step, slot, {
    ...asked,
    layer: 'decide',
    reason: textOf(failure),
    skippable: true,
  });
};

type Asked = Partial<TaskSpec> &
  Pick<TaskSpec, 'kind' | 'by' | 'from' | 'input'> & { layer?: Layer; restsOn?: Authority | null };

const createTask = (draft: Draft, node: StepNode, step: StepState, slot: SlotState, asked: Asked): void => {
  const { layer = node.layer, restsOn = null, ...spec } = asked;
  const created = withoutNames(specOf(draft, node, step, slot, spec));
  const deadlines = deadlinesOf(draft, node, created);
  const data = { ...created, ...(deadlines.length > 0 && { deadlines }) };
  if (restsOn) draft.rule('task.created', layer, data, restsOn);
  else draft.flow('task.created', layer, data);
  watchDeadline(draft, draft.state.tasks[created.task] as Task);
  capTime(draft, created.task);
};

/** WORK-7. What is only announced says for whom it was chosen. */
const withoutNames = ({ offeredTo = null, ...spec }: TaskSpec): TaskSpec => {
  const kept = offerOf(spec, offeredTo);
  return kept ? { ...spec, offeredTo: kept } : spec;
};

export const specOf = (
  draft: Draft,
  node: StepNode,
  step: StepState,
  slot: SlotState,
  asked: Omit<Asked, 'layer' | 'restsOn'>,
): TaskSpec => {
  const { state } = draft;
  const attempt = slot.attempt + 1;
  const task = workId(state, step, slot.slot, attempt);
  const priority = asked.priority ?? node.priority ?? state.priority;
  const reason = feedbackText(step.feedback);
  const preferred = state.tasks[task]?.assignee ?? keeperOf(step, slot);
  const at = { step: step.id, slot: slot.slot, task, round: step.round, attempt, priority };
  const routed = isGivenOut(asked) ? routeFirst(draft, node, { ...asked, ...at }, preferred) : HELD;
  return {
    ...at,
    ...(reason !== null && { reason }),
    ...notPlain(asked),
    ...(draft.graph.safety !== PLAIN_TASK.safety && { safety: draft.graph.safety }),
    ...(routed && placed(routed)),
  };
};

const keeperOf = ({ keeps }: StepState, { slot }: SlotState): string | null =>
  keeps?.slot === slot ? keeps.assignee : null;

/** Not before somebody activates it, or its time has come. */
const isGivenOut = ({ rules, activateAt = null }: Omit<Asked, 'layer' | 'restsOn'>): boolean =>
  activateAt === null && rules?.activation !== 'manual';

const routeFirst = (
  draft: Draft,
  node: StepNode,
  asked: Omit<Asked, 'layer' | 'restsOn'> & Omit<Beginner, 'id' | 'requires'> & { readonly task: string },
  preferred: string | null,
): Given | null => {
  if (asked.kind === 'approval' || (!draft.moment.route && asked.by !== 'human')) return null;
  const work = workOf(draft, node, asked, preferred);
  const routed = placeForPeople(draft, work, asked, draft.moment.route?.(work) ?? null);
  return routed && givenTo(draft, { ...work, id: work.task }, routed);
};

/** Without the terms that are as in any plain task: there are many tasks, and each is written down for ever. */
const notPlain = <Spec extends Partial<TaskTerms>>(spec: Spec): Spec => {
  const told: Partial<Spec> = {};
  for (const name in spec)
    if (!isPlain(spec[name], PLAIN_TASK[name as keyof TaskTerms])) told[name] = spec[name];
  return told as Spec;
};

const isPlain = (value: unknown, plain: unknown): boolean =>
  value === undefined || value === plain || (Array.isArray(plain) && (value as readonly Json[]).length === 0);

/** Sets the timers of a task: of its deadline, and of when it is given out. */
export const watchDeadline = (draft: Draft, task: Task): void => {
  setDeadlineTimer(draft, task);
  if (task.activateAt !== null)
    draft.setTimer(activationTimer(task), task.activateAt, { kind: 'activate', task: task.id });
};

const after = (draft: Draft, time: Lapse | null, from: number | null = null): number | null =>
  time === null ? null : dueIn(draft, time, null, from);

const textOf = ({ code, message }: Failure): string => `${code}: ${message}`;

const feedbackText = (feedback: Json): string | null => {
  if (feedback === null) return null;
  return typeof feedback === 'string' ? feedback : JSON.stringify(feedback);
};
