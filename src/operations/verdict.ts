import {
  approvalsNow,
  askedToHelp,
  givesOut,
  hasSpoken,
  apartFrom,
  holdOf,
  isRunFinal,
  unanswerable,
  verdictOf,
  type RunState,
  type Task,
  type Verdict,
} from '../engine/index.ts';
import { NOT_KNOWN, unquoted, whyOf } from '../policy/index.ts';
import type { Passport } from '../routing/index.ts';
import {
  denialOf,
  mayAct,
  newAsking,
  pinnedBy,
  type Asking,
  type RunNow,
  type Runtime,
} from '../runtime/index.ts';
import { Bounds } from './bounds.ts';
import type { Context } from './context.ts';
import { unreadable } from './graphs.ts';
import { known } from './known.ts';
import { startVerdict } from './launch.ts';
import { involvement, voiceOn } from './voices.ts';
import { asksNobody, isAnnounced, openNow } from './open-now.ts';
import type { Sight } from './sight/sight.ts';
import { sees } from './sight/visibility.ts';

/**
 * The one answer to how a run is (promise 8), for lists and for the run itself.
 *
 * VERDICT-1  What is missing is looked for among everybody there is, as they are now; what it is depends on nothing else.
 *            Who has a task, and what policies have read of it, is told to those who see it (SEE-2).
 * VERDICT-2  A run of which nothing is asked itself is as its children are (`below`), which it names.
 */
function verdictFor(found: RunNow, context: Context, below: Verdict | null, page: Left): Verdict {
  const { state } = found;
  const { status, failure, open } = state;
  const told =
    stopped(state, context.runtime) ??
    startVerdict(found, context, page.asking) ??
    (isIdle(state) ? below : null);
  if (told) return told;
  if (!givesOut(status)) return verdictOf(status, failure, open, { hold: holdOf(state) });
  const lacked = lackedBy(found, context, page);
  return verdictOf(status, failure, openNow(state, context.runtime, page.bounds), lacked);
}

/** Children that are looked at for one verdict, at most, over all depths. */
const MOST_CHILDREN = 16;
/** Beside one for each run of a page of a list, at most for all of them: a page is read within a moment, whatever its runs wait for. */
const MOST_CHILDREN_OF_PAGE = 256;

interface Left {
  children: number;
  readonly asking: Asking;
  readonly bounds: Bounds;
  readonly reader: Reader;
}
/** Who reads the verdict. */
interface Reader {
  readonly caller: Passport;
  readonly sight: Sight;
}
/** The runs of a page may be looked at side by side: each child, and what policies are asked, is taken from what is left for all of them. */
export const leftOfPage = ({ runtime }: Pick<Context, 'runtime'>, reader: Reader, runs = 0): Left => ({
  reader,
  children: MOST_CHILDREN_OF_PAGE + runs,
  asking: newAsking(),
  bounds: new Bounds(runtime.organisation.directory),
});

/** As `verdictFor`, with the children in which it may wait. */
export async function verdictNow(found: RunNow, context: Context, page: Left): Promise<Verdict> {
  const below = await verdictBelow(found.state, context, { children: MOST_CHILDREN }, page);
  return verdictFor(found, context, below, page);
}

/** What somebody has to act on comes first. */
const URGENCY = [
  'stranded',
  'blocked',
  'stopped',
  'awaiting_approval',
  'awaiting_human',
  'running',
] as const satisfies readonly Verdict['verdict'][];

/** VERDICT-2: how the children are in which a run may wait; null where it waits in none. */
async function verdictBelow(
  state: RunState,
  context: Context,
  left: Pick<Left, 'children'>,
  page: Left,
): Promise<Verdict | null> {
  const found: Verdict[] = [];
  for (const run of isIdle(state) ? childrenOf(state) : []) {
    if (left.children === 0 || page.children === 0) break;
    left.children -= 1;
    page.children -= 1;
    const child = await context.runtime.runs.state(run).catch(unreadable);
    if (child === undefined) found.push(inChild(run, unread()));
    if (!child || isRunFinal(child.state.status)) continue;
    const below = await verdictBelow(child.state, context, left, page);
    const verdict = verdictFor(child, context, below, page);
    found.push(verdict === below ? below : inChild(run, verdict));
  }
  return URGENCY.flatMap((one) => found.filter(({ verdict }) => verdict === one))[0] ?? null;
}

const inChild = (run: string, verdict: Verdict): Verdict => ({
  ...verdict,
  reason: `Run ${run}: ${verdict.reason}`,
});

/** How a run is of which what is stored is damaged; nobody can tell more, nor can it go on. */
export const unread = (definition = ''): Verdict => ({
  verdict: 'blocked',
  reason: `What is stored of the run, or of its definition${definition && ` ${definition}`}, cannot be read, so nothing of it goes on.`,
});

/** It is under way, and nobody is asked to do a task of it. */
const isIdle = (state: RunState): boolean => givesOut(state.status) && asksNobody(state);

const childrenOf = ({ steps, leaving }: RunState): readonly string[] => [
  ...steps.flatMap(({ slots }) => Object.values(slots).flatMap(({ child }) => (child ? [child.run] : []))),
  ...Object.keys(leaving),
];

/** While all work is stopped, or its policies cannot be read, a run that is under way waits for that, whatever else it waits for. */
function stopped(state: RunState, { organisation: { policies } }: Runtime): Verdict | null {
  if (!givesOut(state.status)) return null;
  const pinned = pinnedBy(state);
  // A later set than this node has heard of is not here yet.
  if (pinned <= policies.number && !policies.inForce(pinned))
    return { verdict: 'blocked', reason: NOT_KNOWN.unreadable.message };
  const { emergencyStop } = policies;
  if (emergencyStop.state === 'off') return null;
  const reason =
    emergencyStop.state === 'on'
      ? `${emergencyStop.by} stopped all work: ${emergencyStop.reason}. What is under way may end; nothing begins.`
      : NOT_KNOWN.unknown.message;
  return { verdict: 'blocked', reason };
}

/** What is missing for open tasks that nobody at all can do, and why policies let nobody have others, each said once. */
function lackedBy(
  found: RunNow,
  context: Context,
  { asking, bounds, reader }: Left,
): { missing: string[]; denied: string[] } {
  const { state } = found;
  const { runtime } = context;
  const around = known(found, context);
  const { id, version } = state.definition;
  const broughtBy = bounds.inRun();
  const seen = new Set<string>();
  const missing = new Set<string>();
  const denied = new Set<string>();
  let writes = 0;
  for (const task of Object.values(state.tasks)) {
    if (task.kind === 'record') writes += 1;
    const brought = broughtBy(task);
    const key = keyOf(task, writes <= MOST_WRITES, brought);
    if (seen.has(key) || isAnnounced(task, state)) continue;
    seen.add(key);
    const lack = lackOf(task, found, context, reader);
    if (lack) missing.add(lack);
    else if (!task.approval && task.assignee === null) {
      const as = `${id}@${version} ${brought === '' ? state.run : ''} ${key}`;
      const denial = denialOf(around, task, state, () => ableSoon(task, runtime), { as, asking });
      if (denial) denied.add(whyOf(isShown(task, found, context, reader) ? denial : unquoted(denial)));
    }
  }
  return { missing: [...missing], denied: [...denied] };
}

function lackOf(task: Task, found: RunNow, context: Context, reader: Reader): string | null {
  const { runtime } = context;
  if (task.approval) return decidersMissing(task, found.state, runtime);
  const lack =
    task.assignee === null
      ? runtime.scheduler.router.missing(task)
      : holderLost(task, found, context, reader);
  return lack ?? helpMissing(task, found, context, reader);
}

/** Those who could do it, and those who could if they were not away: they come back. */
const ableSoon = (task: Task, { organisation, scheduler: { router } }: Runtime): readonly string[] => [
  ...router.eligible(task),
  ...organisation.directory
    .pool(task.requires, task.from, task.by)
    .members.filter(({ passport }) => passport.status === 'away')
    .flatMap(({ id }) => (router.objection(task, id)?.reason === 'away' ? [id] : [])),
];

/** Writes of which each is asked about by itself, since policies look at what is written. */
const MOST_WRITES = 64;

/** Tasks with the same key have the same answer. */
const keyOf = (task: Task, isApart: boolean, brought: string): string => {
  const { id, approval, assignee, requires, level, by, from, excluded, separate, help } = task;
  if (approval || help.length > 0 || (assignee !== null && by === 'human')) return id;
  const { step, slot, kind, attempt, priority } = task;
  const asked = assignee ?? [step, kind, attempt, priority, ...(kind === 'record' && isApart ? [slot] : [])];
  return JSON.stringify([asked, requires, level, by, from, excluded, separate, brought]);
};

const isShown = (
  task: Task,
  { state, graph }: RunNow,
  context: Context,
  { caller, sight }: Reader,
): boolean => sees(context, task, { run: state, graph }, caller, sight);

/** Agents and systems hold by a lease, which ends by itself; people hold until they, or an operator, give it back. */
function holderLost(task: Task, found: RunNow, context: Context, reader: Reader): string | null {
  const { id, assignee } = task;
  const holder = assignee === null ? null : context.runtime.organisation.passport(assignee);
  if (holder?.kind !== 'human' || mayAct(holder)) return null;
  const who = isShown(task, found, context, reader)
    ? `${holder.id}, who holds ${id} and`
    : `whoever holds ${id} and`;
  return `somebody in place of ${who} is ${holder.status} (${givenBack(task)})`;
}

const givenBack = ({ suspension }: Task): string => {
  if (!suspension) return 'task.release gives it back';
  return suspension.undo
    ? 'once what was done is undone, task.release gives it back'
    : suspension.from === 'in_progress'
      ? 'after task.resume, task.release gives it back'
      : 'task.resume gives it back';
};

/** HELP-1 */
function helpMissing(task: Task, found: RunNow, context: Context, reader: Reader): string | null {
  const { router } = context.runtime.scheduler;
  const [first] = unanswerable(task, (from) =>
    askedToHelp(from).some((asked) => router.hasOwner({ ...task, ...asked })),
  );
  if (!first) return null;
  return isShown(task, found, context, reader)
    ? `the help of ${first.from}, without which ${task.id} is not completed`
    : `the help without which ${task.id} is not completed`;
}

/**
 * Promise 5: who took part in the work does not decide on it, so that they are no help here; nor is who has been heard, nor whoever would
 * stand in for nobody but these. Of stages, each by itself, those that come later as well: somebody can act on that before it is their turn.
 */
function decidersMissing(task: Task, state: RunState, runtime: Runtime): string | null {
  const { approval, from } = task;
  if (!approval) return null;
  const { router } = runtime.scheduler;
  const { directory } = runtime.organisation;
  const { stage, quorum, next } = approval;
  const isInvolved = involvement(directory, state.contributors);
  const separate = apartFrom(state, task);
  for (const asked of [{ stage, from, quorum }, ...next]) {
    const of = { ...task, separate, from: asked.from };
    const able = router.eligible(of).filter((id) => {
      const passport = directory.passport(id);
      return (
        passport !== null &&
        !isInvolved(id) &&
        !hasSpoken(approval, id) &&
        voiceOn(directory, passport, of, isInvolved)?.isFree
      );
    });
    const needed = asked.quorum - approvalsNow({ ...approval, stage: asked.stage });
    if (able.length >= needed) continue;
    const more = needed > 1 ? `${needed} times ` : '';
    return `${more}${router.wanted(of)} who took no part in the work`;
  }
  return null;
}
