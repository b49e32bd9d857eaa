import type { Graph, StepNode } from '../definition/index.ts';
import { isTaskFinal, TASK_COMMANDS, type RunState, type Task, type TaskCommand } from '../engine/index.ts';
import type { Passport } from '../routing/index.ts';
import type { Context } from './context.ts';
import { obstacleOf } from './eligibility.ts';
import { grantOf } from './permissions.ts';
import type { TaskDetailView } from './schema/views.ts';

type Asked = TaskDetailView['asked'];

/** What a task asks of whom, by whom and why: what a person has to know before they act (promise 4: with the digest of it). */
export function askedOf(
  context: Context,
  task: Task,
  { state, graph }: { readonly state: RunState; readonly graph: Graph },
  caller: Passport,
): Asked {
  const node = graph.steps.find(({ id }) => id === task.step);
  const { startedBy, accountable, definition } = state;
  const can = actionsOf(context, task, state, caller);
  const subject = task.approval?.subject ?? null;
  return {
    what: task.description ?? phrase(task, graph),
    definition: { ...definition, name: graph.name },
    startedBy,
    accountable,
    why: task.reason,
    subject,
    onApproval: subject !== null && node ? onApproval(task, node, graph) : null,
    onRejection: subject !== null && node ? onRejection(node, state, graph) : null,
    actions: can.actions,
    obstacle: can.obstacle,
  };
}

const PHRASES: Readonly<Record<Task['kind'], string>> = {
  task: 'Do',
  approval: 'Approve or reject',
  record: 'Record',
  verification: 'Confirm the record of',
  escalation: 'Decide what becomes of',
};
const phrase = ({ kind, step }: Task, graph: Graph): string => `${PHRASES[kind]} ${step} of ${graph.name}`;

function onApproval(task: Task, node: StepNode, graph: Graph): string {
  const { quorum = 1, decisions = [] } = task.approval ?? {};
  const others = quorum - decisions.filter(({ outcome }) => outcome === 'approve').length - 1;
  const after = graph.phases[node.phase]?.dependents.map((index) => graph.phases[index]?.id ?? '') ?? [];
  const next =
    after.length > 0
      ? `the run goes on with ${after.join(' and ')}`
      : 'the run goes on, or is completed if nothing else is left';
  return others > 0
    ? `With ${others} more ${others === 1 ? 'approval' : 'approvals'}, ${next}.`
    : `${capital(next)}.`;
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

function onRejection(node: StepNode, state: RunState, graph: Graph): string | null {
  if (node.kind !== 'approval') return null;
  const { onReject } = node;
  const redone = state.steps.find(({ id }) => id === node.id)?.redone ?? 0;
  if (onReject.redo === null || redone >= onReject.max) return 'The run ends as rejected.';
  const phase = graph.phases[onReject.redo]?.id ?? '';
  return `The run goes back to ${phase}, with your reason as feedback (${redone} of ${onReject.max} times so far).`;
}

interface Can {
  readonly actions: TaskCommand[];
  readonly obstacle: string | null;
}
const cannot = (obstacle: string): Can => ({ actions: [], obstacle });
const can = (actions: TaskCommand[], otherwise: string): Can =>
  actions.length > 0 ? { actions, obstacle: null } : cannot(otherwise);

/** What the caller may do with the task now; the engine has the last word. */
function actionsOf(context: Context, task: Task, state: RunState, caller: Passport): Can {
  if (isTaskFinal(task.status)) return cannot(`The task is ${task.status}.`);
  if (task.approval) return decisionOf(context, task, state, caller);
  const possible = Object.keys(TASK_COMMANDS[task.status]) as TaskCommand[];
  const skip = possible.filter((command) => command === 'skip' && maySkip(context, task, caller));
  if (task.assignee === caller.id) {
    const held = possible.filter(
      (command) => command !== 'skip' && command !== 'decide' && command !== 'claim',
    );
    return can([...held, ...skip], `The task is ${task.status}.`);
  }
  if (task.assignee !== null) return can(skip, `${task.assignee} has the task.`);
  const why = obstacleOf(context, caller, task);
  if (why) return can(skip, `${why.message}.`);
  if (state.status !== 'running')
    return can(skip, `The run is ${state.status}: its tasks are not given out.`);
  return can(
    [
      ...possible.filter((command) => TAKING.includes(command) && (command !== 'decline' || task.offeredTo)),
      ...skip,
    ],
    'It cannot be taken now.',
  );
}

/** Whoever a task is not offered to by name leaves it, and need not decline it. */
const TAKING: readonly TaskCommand[] = ['claim', 'start', 'decline'];

function decisionOf(context: Context, task: Task, { contributors }: RunState, caller: Passport): Can {
  if (caller.kind !== 'human') return cannot('An approval is decided by a person.');
  const why = obstacleOf(context, caller, task);
  if (why) return cannot(`${why.message}.`);
  if (contributors[caller.id])
    return cannot(`${caller.name} took part in the work, so that somebody else has to decide.`);
  const decided = task.approval?.decisions.some(({ participant }) => participant === caller.id);
  return decided ? cannot(`${caller.name} has decided already.`) : { actions: ['decide'], obstacle: null };
}

/** A person may, who could do the task, has it, or operates runs. */
export const maySkip = (context: Context, task: Task, caller: Passport): boolean =>
  task.skippable &&
  caller.kind === 'human' &&
  (grantOf(caller, 'runs.operate') !== null ||
    task.assignee === caller.id ||
    obstacleOf(context, caller, task) === null);
