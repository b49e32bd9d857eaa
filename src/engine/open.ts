import type { Layer, StepNode, TaskNode, Template, WaitNode, WorkflowNode } from '../definition/graph.ts';
import type { Json } from '../definition/json.ts';
import { afterFailure } from './after-failure.ts';
import type { Draft } from './draft.ts';
import type { TaskSpec } from './event.ts';
import type { Failure } from './failure.ts';
import { allot } from './limits.ts';
import { newSlot, type SlotState, type StepState } from './state.ts';

/** How deep runs may start runs. */
export const MAX_DEPTH = 8;

/**
 * Opens a slot: the next attempt of one piece of work.
 *
 * OPEN-1  Ids are derived from run, step, slot, round and attempt: the same work never gets a second id, nor an id a second work.
 * OPEN-2  A slot whose expressions fail is a failed slot, never a stuck one.
 */
export const openSlot = (draft: Draft, node: StepNode, step: StepState, slot: number): void => {
  const known = step.slots[slot] ?? newSlot(slot);
  if (known.escalation) return openEscalation(draft, node, step, known);
  switch (node.kind) {
    case 'task':
      return openTask(draft, node, step, known);
    case 'approval':
      return evaluated(draft, node, step, slot, node.subject, (subject) => {
        const input = draft.settle(subject);
        createTask(draft, node, step, known, {
          kind: 'approval',
          description: node.description,
          by: 'human',
          from: node.from,
          input,
          subject: draft.moment.sha256(draft.moment.canonical(subject)),
          quorum: node.quorum,
          escalate: node.escalate,
          within: node.within,
          deadline: node.within === null ? null : draft.moment.now + node.within,
        });
      });
    case 'record':
      return evaluated(draft, node, step, slot, node.input, (input) => {
        const { system, operation, verify } = node;
        const verifying = known.written !== undefined;
        const request = verifying ? { written: known.written, operation, input } : { operation, input, verify };
        createTask(draft, node, step, known, {
          kind: verifying ? 'verification' : 'record',
          description: verifying ? `Confirm ${operation} in ${system}` : `${operation} in ${system}`,
          by: 'system',
          from: [`system:${system}`],
          input: draft.settle(request),
        });
      });
    case 'wait':
      return openWait(draft, node, step, slot, known.attempt + 1);
    case 'workflow':
      return openChild(draft, node, step, known);
  }
};

const openTask = (draft: Draft, node: TaskNode, step: StepState, slot: SlotState): void =>
  evaluated(draft, node, step, slot.slot, node.input, (input) =>
    createTask(draft, node, step, slot, {
      kind: 'task',
      description: node.description,
      requires: node.requires,
      by: node.by,
      from: node.from,
      excluded: slot.another ? slot.excluded : [],
      input: draft.settle(input),
      skippable: node.skippable,
    }),
  );

const openEscalation = (draft: Draft, node: StepNode, step: StepState, slot: SlotState): void => {
  const { to, failure } = slot.escalation as NonNullable<SlotState['escalation']>;
  const template = node.kind === 'task' || node.kind === 'record' ? node.input : null;
  const input = template ? draft.evaluate(template, itemOf(step, slot.slot)) : null;
  createTask(draft, node, step, slot, {
    kind: 'escalation',
    layer: 'decide',
    description: 'description' in node ? node.description : null,
    by: 'human',
    from: to,
    input: draft.settle({ input: input?.ok ? input.value : null, failure: { ...failure } }),
    reason: `${failure.code}: ${failure.message}`,
    skippable: true,
  });
};

type Asked = Partial<TaskSpec> & Pick<TaskSpec, 'kind' | 'by' | 'from' | 'input'> & { layer?: Layer };

const createTask = (draft: Draft, node: StepNode, step: StepState, slot: SlotState, asked: Asked): void => {
  const attempt = slot.attempt + 1;
  const { layer = node.layer, ...spec } = asked;
  const deadline = node.timeout === null ? null : draft.moment.now + node.timeout;
  const task = workId(draft, step, slot.slot, attempt);
  draft.flow('task.created', layer, {
    step: step.id,
    slot: slot.slot,
    task,
    round: step.round,
    attempt,
    description: null,
    requires: [],
    excluded: [],
    priority: node.priority ?? draft.state.priority,
    deadline,
    skippable: false,
    reason: feedbackText(step.feedback),
    subject: null,
    quorum: 1,
    escalate: [],
    within: null,
    ...spec,
  });
  const due = spec.deadline === undefined ? deadline : spec.deadline;
  if (due !== null) draft.effects.timers.push({ id: deadlineId(task), due, what: { kind: 'deadline', task } });
};

export const deadlineId = (task: string): string => `${task}:deadline`;

const feedbackText = (feedback: Json): string | null => {
  if (feedback === null) return null;
  return typeof feedback === 'string' ? feedback : JSON.stringify(feedback);
};

/** `RUN:phase.step[.slot]:round.attempt`, safe in a URL as it stands. */
export const workId = (draft: Draft, step: StepState, slot: number, attempt: number): string =>
  `${draft.state.run}:${step.id}${step.fanOut ? `.${slot}` : ''}:${step.round}.${attempt}`;

export const itemOf = (step: StepState, slot: number): { item: Json; index: number } | undefined =>
  step.items ? { item: step.items[slot] ?? null, index: slot } : undefined;

/** Goes on with the template's value, or fails the slot with the reason it has none. */
const evaluated = (
  draft: Draft,
  node: StepNode,
  step: StepState,
  slot: number,
  template: Template,
  then: (value: Json) => void,
): void => {
  const result = draft.evaluate(template, itemOf(step, slot));
  if (result.ok) then(result.value);
  else failSlot(draft, node, step, slot, { code: result.code, message: result.message });
};

const failSlot = (draft: Draft, node: StepNode, step: StepState, slot: number, failure: Failure): void => {
  const known = step.slots[slot] ?? newSlot(slot);
  const after = afterFailure(node, known, false, draft.moment.now);
  const where = { ...failure, step: step.id, slot, layer: node.layer };
  draft.flow('slot.failed', node.layer, { step: step.id, slot, failure: where, after });
};

const openWait = (draft: Draft, node: WaitNode, step: StepState, slot: number, attempt: number): void => {
  if (node.signal !== null) {
    const due = node.within === null ? null : draft.moment.now + node.within;
    return waitUntil(draft, node, step, slot, attempt, due);
  }
  const template = (node.for ?? node.until) as Template;
  evaluated(draft, node, step, slot, template, (value) => {
    const due = node.for ? draft.moment.now + Number(value) : Number(value);
    if (Number.isFinite(due)) return waitUntil(draft, node, step, slot, attempt, due);
    failSlot(draft, node, step, slot, {
      code: 'expression_failed',
      message: `A wait needs a time; ${JSON.stringify(value)} is none.`,
    });
  });
};

const waitUntil = (
  draft: Draft,
  node: WaitNode,
  step: StepState,
  slot: number,
  attempt: number,
  due: number | null,
): void => {
  const place = { step: step.id, slot };
  const { round } = step;
  draft.flow('wait.opened', node.layer, { ...place, attempt, round, due, signal: node.signal });
  if (due !== null) {
    const id = `${workId(draft, step, slot, attempt)}:wait`;
    draft.effects.timers.push({ id, due, what: { kind: 'wait', ...place, round, attempt } });
  }
  const kept = draft.state.signals.find(({ signal }) => signal === node.signal);
  if (kept) draft.flow('wait.completed', node.layer, { ...place, output: kept.payload, signal: kept.signal });
};

const openChild = (draft: Draft, node: WorkflowNode, step: StepState, slot: SlotState): void => {
  const { state, moment } = draft;
  const attempt = slot.attempt + 1;
  const depth = state.depth + 1;
  if (depth > MAX_DEPTH) {
    const message = `Runs may start runs ${MAX_DEPTH} deep, and this one is.`;
    return failSlot(draft, node, step, slot.slot, { code: 'depth_exceeded', message });
  }
  evaluated(draft, node, step, slot.slot, node.input, (input) => {
    const place = { step: step.id, slot: slot.slot };
    const run = `${state.run}~${step.id}${step.fanOut ? `.${slot.slot}` : ''}~${step.round}.${attempt}`;
    const shares = Math.max(1, Math.min(step.count - step.next + step.requeued.length, state.limits.concurrency));
    const limits = allot(state, moment.now, shares);
    const { definition, version: definitionVersion } = node;
    draft.flow('child.opened', node.layer, {
      ...place,
      attempt,
      round: step.round,
      run,
      definition,
      definitionVersion,
      input,
      limits,
      deadline: null,
    });
    draft.effects.messages.push({
      kind: 'child.start',
      parent: { run: state.run, ...place },
      run,
      definition,
      definitionVersion,
      input,
      priority: node.priority ?? state.priority,
      depth,
      allotment: limits,
      by: state.startedBy,
      accountable: state.accountable,
    });
  });
};
