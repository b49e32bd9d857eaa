import type { Graph, TaskRules, Visibility } from '../../definition/index.ts';
import { mayByRole, type Task } from '../../engine/index.ts';
import type { Passport } from '../../routing/index.ts';
import { summaryOf } from '../../runtime/index.ts';
import { worksOf } from '../asked-work.ts';
import type { RunRow } from '../../store/index.ts';
import type { Context } from '../context.ts';
import { graphsOf, unreadable } from '../graphs.ts';
import { grantOf } from '../permissions.ts';
import { PARTS, ruleFor, seesAll, type Sight } from './sight.ts';
import { isActualOwner, rolesByRun, rolesOf, unsuited, type Answerable } from '../tasks/access.ts';
import { isParty } from '../voices.ts';

/**
 * Who sees which tasks.
 *
 * SEE-1  Whoever has a role to a task sees it, unless its step withdraws that. Others see it as its step says, and else as the
 *        organisation does: tasks that nobody has, and those that somebody has, apart.
 *        What is asked on behalf of work, an approval that a policy wants or what a person is to look at, shows what the work does: it
 *        is seen as that is, held or not, and by whoever is asked; an approval also by whoever has a role to the work itself.
 * SEE-2  It is the same in lists, by id, in runs, in events and in what is exported; who may read the ledger sees all.
 */
export function sees(
  context: Context,
  task: Task,
  { run, graph }: Whereabouts,
  caller: Passport,
  sight: Sight,
): boolean {
  if (seesAll(caller) || isActualOwner(context, task, caller)) return true;
  const { judged, isAsked } = asItsWork(task, graph);
  const parts = isAsked ? PARTS : [partOf(task)];
  const isOpen =
    !isLost(task, graph) && parts.every((part) => ruleFor(judged.rules, part, sight) === 'everyone');
  if (isOpen && grantOf(caller, 'read') !== null) return true;
  return (
    (isAsked && task.kind === 'approval' && unsuited(context, task, caller) === null) ||
    hasPart(context, judged, run, caller, sight)
  );
}

/** What is known of where a task belongs. */
interface Whereabouts {
  /** Who started the run, and who answers for it. */
  readonly run: Answerable | null;
  /** Needed for what may be asked on behalf of work; without it that is hidden. */
  readonly graph: Graph | undefined;
}

const partOf = ({ assignee }: Task): keyof Visibility => (assignee === null ? 'unallocated' : 'allocated');

/** Whether they have it, were asked for help with it, or have a role to it that sees it. */
const hasPart = (
  context: Context,
  task: Task,
  run: Answerable | null,
  caller: Passport,
  sight: Sight,
): boolean =>
  isActualOwner(context, task, caller) ||
  task.help.some(({ from }) => isParty(context, [from], caller)) ||
  hasRole(context, task, run, caller, ruleFor(task.rules, partOf(task), sight));

/** Whether its step tells who sees it, and not the task itself. */
const mayBeAsked = ({ kind, rules }: Task): boolean =>
  rules === null && (kind === 'approval' || kind === 'escalation');

const isForWork = (task: Task, graph: Graph | undefined): boolean =>
  task.kind === 'approval' && asItsWork(task, graph).isAsked;

/** Its step cannot be looked at. */
const isLost = (task: Task, graph: Graph | undefined): boolean => mayBeAsked(task) && graph === undefined;

/**
 * What is asked on behalf of work, with the rules of that, but for what it lets those do who may do the work: they are others. An approval
 * that is a step itself is not.
 */
function asItsWork(
  task: Task,
  graph: Graph | undefined,
): { readonly judged: Task; readonly isAsked: boolean } {
  const node = mayBeAsked(task) ? graph?.steps.find(({ id }) => id === task.step) : undefined;
  const isAsked = node !== undefined && node.kind !== 'approval';
  return { judged: node?.kind === 'task' ? { ...task, rules: rulesOfAsked(node.rules) } : task, isAsked };
}

const rulesOfAsked = (rules: TaskRules | null): TaskRules | null => {
  if (!rules) return null;
  const { potential_owner: _, ...privileges } = rules.privileges;
  return { ...rules, privileges };
};

/** The ids of those tasks that the caller sees. Runs are read, all at once, only where the roles that come from them are all that is left. */
export async function seenAmong(
  context: Context,
  tasks: readonly Task[],
  caller: Passport,
  sight: Sight,
): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  const left: Task[] = [];
  const asked = seesAll(caller) ? [] : tasks.filter(mayBeAsked);
  const graphs = await graphsOf(context, new Set(asked.map(({ run }) => run)));
  for (const task of tasks)
    if (sees(context, task, { run: null, graph: graphs.get(task.run) }, caller, sight)) seen.add(task.id);
    else left.push(task);
  const works = await worksOf(
    context,
    left.filter((task) => isForWork(task, graphs.get(task.run))),
    graphs,
  );
  for (const [id, work] of works) if (hasPart(context, work, null, caller, sight)) seen.add(id);
  if (left.length === 0 || caller.kind !== 'human') return seen;
  const runs = await answerableFor(context, new Set(left.map(({ run }) => run)));
  for (const task of left) {
    const run = runs.get(task.run);
    const { judged } = asItsWork(task, graphs.get(task.run));
    if (run && mayByRole(judged, 'view', rolesByRun(context, judged, run, caller))) seen.add(task.id);
  }
  return seen;
}

/** Those that the caller sees, of a run that is at hand. */
export async function seenInRun(
  context: Context,
  tasks: readonly Task[],
  of: { readonly run: Answerable & { readonly run: string }; readonly graph: Graph },
  caller: Passport,
  sight: Sight,
): Promise<Task[]> {
  const seen = new Set(tasks.filter((task) => sees(context, task, of, caller, sight)));
  const left = tasks.filter((task) => isForWork(task, of.graph) && !seen.has(task));
  const works = await worksOf(context, left, new Map([[of.run.run, of.graph]]));
  return tasks.filter((task) => {
    const work = works.get(task.id);
    return seen.has(task) || (work && hasPart(context, work, of.run, caller, sight));
  });
}

export const isSeen = async (
  context: Context,
  task: Task,
  caller: Passport,
  sight: Sight,
): Promise<boolean> => (await seenAmong(context, [task], caller, sight)).has(task.id);

/** Who started the runs, and who answers for them, never changes: the rows say it, however old they are. */
export async function answerableFor(
  context: Context,
  ids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Answerable>> {
  const found = new Map<string, Answerable>();
  for (const row of ids.size > 0 ? await context.runtime.store.runsNamed([...ids]) : [])
    found.set(row.id, await answerableIn(context, row));
  return found;
}

export async function answerableIn({ runtime }: Context, row: RunRow): Promise<Answerable> {
  const { accountable } = summaryOf(row);
  const run = accountable === undefined ? await runtime.runs.state(row.id).catch(unreadable) : null;
  return run?.state ?? { startedBy: row.startedBy, accountable: accountable ?? null };
}

function hasRole(
  context: Context,
  task: Task,
  run: Answerable | null,
  caller: Passport,
  rule: string,
): boolean {
  const roles = new Set(rolesOf(context, task, run, caller));
  if (rule === 'holder') roles.delete('potential_owner');
  return mayByRole(task, 'view', roles);
}
