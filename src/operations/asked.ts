import {
  TASK_PRIVILEGES,
  type Graph,
  type SendBack,
  type StepNode,
  type TaskPrivilege,
  type TaskRole,
} from '../definition/index.ts';
import { isObject } from '../definition/json.ts';
import {
  givesOut,
  approvalsNow,
  isForOthers,
  isTakenIn,
  isTaskFinal,
  mayByRole,
  resultOf,
  takenNow,
  type RunState,
  type Task,
  type Work,
} from '../engine/index.ts';
import type { Passport } from '../routing/index.ts';
import { byTask, chainOf, forbidsNow, mayNotBegin, type RunNow } from '../runtime/index.ts';
import type { Context } from './context.ts';
import { asItIs, hasDecided, spokenFor, tookPart, voiceNow } from './decisions.ts';
import { obstacleOf } from './eligibility.ts';
import { known } from './known.ts';
import type { TaskDetailView } from './schema/views.ts';
import { barredFrom, isActualOwner, isOutside, isWith, rolesOf, unsuited } from './tasks/access.ts';

type Asked = TaskDetailView['asked'];

/** What a task asks of whom, by whom and why: what a person has to know before they act (promise 4: with the digest of it). */
export function askedOf(context: Context, task: Task, { state, graph }: RunNow, caller: Passport): Asked {
  const node = graph.steps.find(({ id }) => id === task.step);
  const { startedBy, accountable, definition } = state;
  const roles = rolesOf(context, task, state, caller);
  const can = actionsOf(context, task, { state, graph }, caller, roles);
  const subject = task.approval?.subject ?? null;
  const decided = subject === null ? null : (node ?? null);
  return {
    what: task.description ?? phrase(task, graph),
    definition: { ...definition, name: graph.name },
    startedBy,
    accountable,
    why: task.reason,
    subject,
    onApproval: decided && (told(task, decided, 'approved') ?? onApproval(task, decided, graph)),
    onRejection: decided && (told(task, decided, 'rejected') ?? onRejection(task, decided, state, graph)),
    onChanges: decided && onChanges(decided, state, graph),
    roles: [...roles],
    form: node?.kind === 'task' ? node.output : null,
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
  const { approval } = task;
  const others = approval ? approval.quorum - approvalsNow(approval) - 1 : 0;
  const stage = approval?.next[0];
  if (others < 1 && stage) return `${stage.from.join(' or ')} decides next.`;
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

/** What a policy asks about says itself what follows; of an approval that is a step, its definition does. */
function told({ input }: Task, node: StepNode, outcome: 'approved' | 'rejected'): string | null {
  if (node.kind === 'approval') return null;
  const consequence = isObject(input) ? input['consequence'] : undefined;
  const words = consequence !== undefined && isObject(consequence) ? consequence[outcome] : undefined;
  return typeof words === 'string' ? words : null;
}

function onRejection(task: Task, node: StepNode, state: RunState, graph: Graph): string | null {
  if (node.kind !== 'approval') return null;
  const { onReject } = node;
  const redone = state.steps.find(({ id }) => id === node.id)?.redone ?? 0;
  const [above] = task.approval?.appeal ?? [];
  if (above !== undefined) return `${above} decides instead.`;
  if (onReject.redo === null || redone >= onReject.max) return 'The run ends as rejected.';
  return goesBack(onReject, redone, graph);
}

/** Null where the work does not go back for changes, or has done so as often as it may. */
function onChanges(node: StepNode, state: RunState, graph: Graph): string | null {
  if (node.kind !== 'approval') return null;
  const back = node.onChanges ?? (node.onReject.redo === null ? null : node.onReject);
  const redone = state.steps.find(({ id }) => id === node.id)?.redone ?? 0;
  return back && redone < back.max ? goesBack(back, redone, graph) : null;
}

const goesBack = ({ redo, max, others }: SendBack, redone: number, graph: Graph): string =>
  `The run goes back to ${graph.phases[redo]?.id ?? ''}, with your reason as feedback${others ? ' for somebody else' : ''} (${redone} of ${max} times so far).`;

interface Can {
  readonly actions: TaskPrivilege[];
  readonly obstacle: string | null;
}
/** What the caller may do with the task now, by their roles to it; the engine has the last word. */
function actionsOf(
  context: Context,
  task: Task,
  { state, graph }: RunNow,
  caller: Passport,
  roles: ReadonlySet<TaskRole>,
): Can {
  const isBarred = !isActualOwner(context, task, caller) && barredFrom(context, task, caller) !== null;
  const usable = TASK_PRIVILEGES.filter(
    (privilege) =>
      mayByRole(task, privilege, roles) &&
      isMeant(task, state, caller, privilege, roles) &&
      !(isBarred && BARRED.includes(privilege)),
  );
  if (task.approval && !isTaskFinal(task.status)) {
    const obstacle = isTakenIn(task.status, 'decide')
      ? undecidable(context, task, state, caller)
      : heldBack(task);
    return { actions: obstacle === null ? ['decide', ...usable] : usable, obstacle };
  }
  const isHeldUp = !isBarred && TAKING.some((privilege) => mayByRole(task, privilege, roles));
  if (isHeldUp && !givesOut(state.status)) return { actions: usable, obstacle: notGivenOut(state) };
  const kept = usable.some((privilege) => BEGINNING.includes(privilege))
    ? mayNotBegin(known({ graph }, context), task, state, caller.id, chainOf(caller)?.grantor.id)
    : null;
  if (kept !== null) return { actions: usable.filter((one) => !BEGINNING.includes(one)), obstacle: kept };
  const others = usable.some((privilege) => TAKING.includes(privilege))
    ? keptForOthers(context, task, { state, graph }, caller, roles)
    : null;
  if (others !== null) return { actions: usable.filter((one) => !TAKING.includes(one)), obstacle: others };
  if (usable.some((privilege) => !ASIDE.includes(privilege))) return { actions: [...usable], obstacle: null };
  return { actions: [...usable], obstacle: obstacleTo(context, task, { state, graph }, caller) };
}

/** What can be done beside the work itself, and by many. */
const ASIDE: readonly TaskPrivilege[] = ['view', 'comment', 'attach', 'detach', 'set', 'skip'];
const BY_PEOPLE: readonly TaskPrivilege[] = [
  'activate',
  'nominate',
  'skip',
  'exit',
  'redo',
  'force_complete',
  'force_fail',
];
/** What whoever is barred from a task does not do, though they administer it (ACCESS-3). */
const BARRED: readonly TaskPrivilege[] = ['claim', 'start', 'decline', 'complete', 'predo'];
/** What policies keep from whoever may not begin with the work. */
const BEGINNING: readonly TaskPrivilege[] = ['claim', 'start', 'predo'];
/** What is kept for others who may do it as well. */
const TAKING: readonly TaskPrivilege[] = ['claim', 'start'];
/** What is not done to the task itself. */
const OF_ROLES: readonly TaskPrivilege[] = ['view', 'pile', 'chain'];
/** What agents and systems do also with what they neither hold nor administer. */
const UNHELD: readonly TaskPrivilege[] = [
  'view',
  'claim',
  'start',
  'decline',
  'comment',
  'attach',
  'detach',
  'set',
  'predo',
];
const GIVING: readonly TaskPrivilege[] = ['claim', 'start', 'decline', 'predo', 'delegate', 'forward'];
/** What depends on the task beside its status. */
const MEANT: { readonly [Privilege in TaskPrivilege]?: (task: Task, state: RunState) => boolean } = {
  skip: ({ skippable }) => skippable,
  delegate: ({ rules }) => rules?.delegates !== 'nobody',
  forward: ({ rules }) => rules?.delegates !== 'nobody',
  resume: ({ suspension }) => !suspension?.undo,
  redo: (task, state) => state.status === 'running' && resultOf(state, task) !== null,
};

/** Why it is for others now, as taking it would be refused; nothing is taken with that. */
function keptForOthers(
  context: Context,
  task: Task,
  { state, graph }: RunNow,
  caller: Passport,
  roles: ReadonlySet<TaskRole>,
): string | null {
  const { router } = context.runtime.scheduler;
  const moment = {
    by: byTask(caller, task, state.definition),
    keeper: (work: Work) => router.keeper(work, forbidsNow(known({ graph }, context), work)),
    take: (id: string, who: string, most: number) => router.hasFewer(id, who, most),
  };
  return isForOthers({ graph, state, moment }, task, caller.id, isOutside(roles))?.message ?? null;
}

/** Whether what the table allows makes sense for this task, and for whoever asks. */
function isMeant(
  task: Task,
  state: RunState,
  caller: Passport,
  privilege: TaskPrivilege,
  roles: ReadonlySet<TaskRole>,
): boolean {
  if (privilege === 'decide') return false;
  if (!isTaskFinal(task.status) && !isTaken(task, state, privilege)) return false;
  if (privilege === 'force_complete' && roles.has('excluded_owner')) return false;
  if (caller.kind !== 'human' && !isHolding(roles) && !UNHELD.includes(privilege)) return false;
  if (MEANT[privilege]?.(task, state) === false) return false;
  if (BY_PEOPLE.includes(privilege)) return caller.kind === 'human';
  if (!GIVING.includes(privilege)) return true;
  return givesOut(state.status);
}

const isTaken = (task: Task, state: RunState, privilege: TaskPrivilege): boolean =>
  OF_ROLES.includes(privilege) || takenNow(state, task).some((command) => command === privilege);

const isHolding = (roles: ReadonlySet<TaskRole>): boolean =>
  roles.has('actual_owner') || roles.has('business_administrator');

const notGivenOut = ({ status }: RunState): string => `The run is ${status}: its tasks are not given out.`;

function obstacleTo(context: Context, task: Task, { state, graph }: RunNow, caller: Passport): string {
  if (isTaskFinal(task.status)) return `The task is ${task.status}.`;
  if (task.assignee !== null && !isWith(task, caller)) return `${task.assignee} has the task.`;
  const why = unsuited(context, task, caller);
  if (why) return `${why.message}.`;
  if (!givesOut(state.status)) return notGivenOut(state);
  const denial = mayNotBegin(known({ graph }, context), task, state, caller.id, chainOf(caller)?.grantor.id);
  return denial ?? `The task is ${task.status}.`;
}

/** Nobody decides on it now: somebody has to let it go on first. */
const heldBack = ({ status }: Task): string =>
  status === 'suspended'
    ? 'The approval is suspended: it is decided once it is resumed.'
    : `The approval is ${status}: it is not asked for yet.`;

/** Why the caller cannot decide on it; null where they can. */
function undecidable(context: Context, task: Task, state: RunState, caller: Passport): string | null {
  if (caller.kind !== 'human') return 'An approval is decided by a person.';
  const why = obstacleOf(context, caller, asItIs(task, state));
  if (why) return `${why.message}.`;
  const { directory } = context.runtime.organisation;
  const took = tookPart(context, caller, state);
  if (took !== undefined) {
    const name = directory.passport(took)?.name ?? took;
    return `${name} took part in the work, so that somebody else has to decide.`;
  }
  if (hasDecided(task, caller)) return `${caller.name} has decided already.`;
  const voice = voiceNow(context, caller, task, state);
  if (!voice) return 'The approval is for nobody.';
  if (!voice.isFree)
    return `Those in whose place ${caller.name} would decide have decided already, or took part in the work.`;
  return task.approval?.distinct === 'groups' && spokenFor(directory, voice, task).length === 0
    ? `It is decided for groups, and ${caller.name} is in none.`
    : null;
}
