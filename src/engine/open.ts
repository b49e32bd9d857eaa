import type { ApprovalNode, Layer, RecordNode, StepNode, TaskNode } from '../definition/graph.ts';
import type { Json } from '../definition/json.ts';
import type { Draft } from './draft.ts';
import { PLAIN_TASK, type TaskSpec, type TaskTerms } from './event.ts';
import type { Failure } from './failure.ts';
import { deadlineTimer, workId } from './ids.ts';
import { openChild } from './open-child.ts';
import { openWait } from './open-wait.ts';
import { itemOf, withValue } from './slot-value.ts';
import { newSlot, type Escalation, type SlotState, type StepState, type Task } from './state.ts';
import { placed, separateFrom, workOf } from './work.ts';

/**
 * Opens a slot: the next attempt of one piece of work.
 *
 * OPEN-1  A slot whose expressions fail is a failed slot, never a stuck one.
 * OPEN-2  Work that comes to a person because of a failure is not held to the step's time-out, which is for those who failed.
 */
export const openSlot = (draft: Draft, node: StepNode, step: StepState, slot: number): void => {
  const known = step.slots[slot] ?? newSlot(slot);
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

const openTask = (draft: Draft, node: TaskNode, step: StepState, slot: SlotState): void =>
  withParties(draft, node, step, slot, (from) =>
    withValue(draft, node, step, slot.slot, node.input, (input) =>
      createTask(draft, node, step, slot, {
        ...termsOf(draft, node),
        from,
        excluded: slot.another ? [...slot.excluded] : [],
        input: draft.settle(input),
        deadline: after(draft, node.timeout),
      }),
    ),
  );

/** What a task asks for that does not depend on its slot. */
export const termsOf = (draft: Draft, node: TaskNode) => ({
  kind: 'task' as const,
  description: node.description,
  requires: node.requires,
  level: node.level,
  by: node.by,
  separate: separateFrom(draft, node),
  skippable: node.skippable,
});

/** Goes on with the parties that the step names, by their names or by an expression. */
const withParties = (
  draft: Draft,
  node: TaskNode | ApprovalNode,
  step: StepState,
  slot: SlotState,
  then: (from: readonly string[]) => void,
): void => {
  if (!node.whom) return then(node.from);
  withValue(draft, node, step, slot.slot, node.whom, (value) => then(value as readonly string[]));
};

/** An approval that nobody decided in time is escalated as an approval: it takes as many decisions, on the same subject. */
const openApproval = (draft: Draft, node: ApprovalNode, step: StepState, slot: SlotState): void => {
  const { escalation } = slot;
  if (escalation) return askToApprove(draft, node, step, slot, escalation.to.slice(0, 1));
  withParties(draft, node, step, slot, (from) => askToApprove(draft, node, step, slot, from));
};

const askToApprove = (
  draft: Draft,
  node: ApprovalNode,
  step: StepState,
  slot: SlotState,
  from: readonly string[],
): void =>
  withValue(draft, node, step, slot.slot, node.subject, (subject) => {
    const { escalation } = slot;
    createTask(draft, node, step, slot, {
      kind: 'approval',
      description: node.description,
      by: 'human',
      from,
      input: draft.settle(subject),
      deadline: after(draft, node.within),
      reason: escalation ? textOf(escalation.failure) : feedbackText(step.feedback),
      subject: draft.moment.sha256(draft.moment.canonical(subject)),
      quorum: node.quorum,
      escalate: escalation ? [] : node.escalate,
      within: node.within,
    });
  });

const openRecord = (draft: Draft, node: RecordNode, step: StepState, slot: SlotState): void =>
  withValue(draft, node, step, slot.slot, node.input, (input) => {
    const { system, operation, verify } = node;
    const asked = { by: 'system', from: [`system:${system}`], deadline: after(draft, node.timeout) } as const;
    if (slot.written)
      return createTask(draft, node, step, slot, {
        ...asked,
        kind: 'verification',
        description: `Confirm ${operation} in ${system}`,
        input: draft.settle({ written: slot.written.answer, operation, input }),
      });
    createTask(draft, node, step, slot, {
      ...asked,
      kind: 'record',
      description: `${operation} in ${system}`,
      input: draft.settle({ operation, input, verify }),
      ...(verify ? { verify } : {}),
    });
  });

const openEscalation = (
  draft: Draft,
  node: StepNode,
  step: StepState,
  slot: SlotState,
  { to, failure, result }: Escalation,
): void => {
  const template = node.kind === 'task' || node.kind === 'record' ? node.input : null;
  const input = template ? draft.evaluate(template, itemOf(step, slot.slot)) : null;
  createTask(draft, node, step, slot, {
    kind: 'escalation',
    layer: 'decide',
    description: 'description' in node ? node.description : null,
    by: 'human',
    from: to.slice(0, 1),
    separate: separateFrom(draft, node),
    input: draft.settle({ input: input?.ok ? input.value : null, failure: { ...failure }, ...result }),
    reason: textOf(failure),
    skippable: true,
  });
};

type Asked = Partial<TaskSpec> & Pick<TaskSpec, 'kind' | 'by' | 'from' | 'input'> & { layer?: Layer };

const createTask = (draft: Draft, node: StepNode, step: StepState, slot: SlotState, asked: Asked): void => {
  const { layer = node.layer, ...spec } = asked;
  const created = specOf(draft, node, step, slot, spec);
  draft.flow('task.created', layer, created);
  watchDeadline(draft, draft.state.tasks[created.task] as Task);
};

export const specOf = (
  draft: Draft,
  node: StepNode,
  step: StepState,
  slot: SlotState,
  asked: Omit<Asked, 'layer'>,
): TaskSpec => {
  const { state, moment } = draft;
  const attempt = slot.attempt + 1;
  const task = workId(state, step, slot.slot, attempt);
  const priority = node.priority ?? state.priority;
  const reason = feedbackText(step.feedback);
  const preferred = state.tasks[task]?.assignee ?? null;
  const routed =
    moment.route && asked.kind !== 'approval'
      ? moment.route(workOf(draft, node, { ...asked, task, priority }, preferred))
      : null;
  return {
    step: step.id,
    slot: slot.slot,
    task,
    round: step.round,
    attempt,
    priority,
    ...(reason !== null && { reason }),
    ...notPlain(asked),
    ...(draft.graph.safety !== PLAIN_TASK.safety && { safety: draft.graph.safety }),
    ...(routed && placed(routed)),
  };
};

/** Without the terms that are as in any plain task: there are many tasks, and each is written down for ever. */
const notPlain = <Spec extends Partial<TaskTerms>>(spec: Spec): Spec => {
  const told: Partial<Spec> = {};
  for (const name in spec)
    if (!isPlain(spec[name], PLAIN_TASK[name as keyof TaskTerms])) told[name] = spec[name];
  return told as Spec;
};

const isPlain = (value: unknown, plain: Json | undefined): boolean =>
  value === undefined || value === plain || (Array.isArray(plain) && (value as readonly Json[]).length === 0);

/** Sets the timer of a task's deadline, if it has one. */
export const watchDeadline = (draft: Draft, task: Task): void => {
  if (task.deadline !== null)
    draft.setTimer(deadlineTimer(task), task.deadline, { kind: 'deadline', task: task.id });
};

const after = (draft: Draft, time: number | null): number | null =>
  time === null ? null : draft.moment.now + time;

const textOf = ({ code, message }: Failure): string => `${code}: ${message}`;

const feedbackText = (feedback: Json): string | null => {
  if (feedback === null) return null;
  return typeof feedback === 'string' ? feedback : JSON.stringify(feedback);
};
