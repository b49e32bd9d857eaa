import type { JsonObject } from '../../definition/index.ts';
import { isObject } from '../../definition/json.ts';
import type { Attribution, EventOf, EventType, Failure } from '../../engine/index.ts';
import type { Passport } from '../../routing/index.ts';
import type { Context } from '../context.ts';
import { graphsOf } from '../graphs.ts';
import { ANY_WORK, HIDDEN, isOfWork, Words } from './hidden-failures.ts';
import { seesAll, sightOf, type Sight } from './sight.ts';
import { answerableFor, seenAmong } from './visibility.ts';

/**
 * SEE-2: events as somebody sees them. The hash stays that of the whole event, so that the chain can be followed.
 *
 * TOLD-1  Those of tasks that are hidden, and of what was asked for on their behalf, say only that there was something, and not who did it.
 * TOLD-2  Of those that are of no task it is in a table what they may tell of work, and of whose; where that may be hidden it is left out.
 */
export async function seenEvents<Event extends Told>(
  context: Context,
  events: readonly Event[],
  caller: Passport,
): Promise<Event[]> {
  if (seesAll(caller)) return [...events];
  const sight = await sightOf(context);
  const hidden = await hiddenTasks(context, events, caller, sight);
  const words = new Words(context, sight, caller);
  const ids = new Set(events.flatMap((event) => toldIn(event).map(({ run }) => run)));
  const [graphs, runs] = await Promise.all([
    graphsOf(context, ids),
    answerableFor(context, caller.kind === 'human' ? ids : NONE),
  ]);
  return Promise.all(
    events.map(async (event) => {
      const task = taskOf(event);
      if (task !== null && hidden.has(task)) return { ...event, ...NOBODY, payload: { task, hidden: true } };
      let shown = event;
      for (const { run, work, part } of toldIn(event))
        if (
          !(part.actor && isOf(event, caller)) &&
          (await words.mayHide(work, graphs.get(run), runs.get(run)))
        )
          shown = withoutPart(shown, part);
      return shown;
    }),
  );
}

interface Told {
  readonly run: string;
  readonly type: string;
  readonly actor: string;
  readonly onBehalfOf: string | null;
  readonly payload: JsonObject;
}

const NONE: ReadonlySet<string> = new Set();

const isOf = ({ actor, onBehalfOf }: Told, { id }: Passport): boolean => actor === id || onBehalfOf === id;

const NOBODY: Attribution = {
  actor: 'hidden',
  onBehalfOf: null,
  authority: { kind: 'system', id: 'hidden' },
};

function taskOf({ payload }: Told): string | null {
  const task = payload['task'] ?? payload['of'];
  return typeof task === 'string' ? task : null;
}

async function hiddenTasks(
  context: Context,
  events: readonly Told[],
  caller: Passport,
  sight: Sight,
): Promise<ReadonlySet<string>> {
  const named = new Set(events.map(taskOf).filter((task) => task !== null));
  const tasks = await context.runtime.store.tasksNamed([...named]);
  const seen = await seenAmong(context, tasks, caller, sight);
  return new Set(tasks.map(({ id }) => id).filter((id) => !seen.has(id)));
}

/** A part of an event that may tell of work. */
interface Part {
  /** Of whose, as a failure says it whose words would be told; null is of none. */
  work(payload: JsonObject): Partial<Failure> | null;
  /** The run whose work it is; its own, if left out. */
  run?(payload: JsonObject): string | undefined;
  without(payload: JsonObject): JsonObject;
  /** Who did it is part of it, and has said it: nothing of it is hidden from them. */
  readonly actor?: true;
}

const within = (payload: JsonObject, name: string): JsonObject | null => {
  const found = payload[name];
  return found !== undefined && isObject(found) ? found : null;
};

const wordless = (payload: JsonObject): JsonObject => ({
  failure: { ...within(payload, 'failure'), message: HIDDEN },
});

/** The words of a failure, and what policies have read of the work where it is they that have failed it. */
const FAILURE: Part = {
  work: (payload) => within(payload, 'failure'),
  without: (payload) => {
    const ruled = within(payload, 'ruled');
    return { ...wordless(payload), ...(ruled && { ruled: { ...ruled, facts: {} } }) };
  },
};
const END: Part = {
  work: (payload) => within(within(payload, 'end') ?? {}, 'failure'),
  without: (payload) => {
    const end = within(payload, 'end') ?? {};
    return { end: { ...end, ...wordless(end) } };
  },
};
/** Items may be the results of any step. */
const ITEMS: Part = { work: () => ANY_WORK, without: () => ({ items: [] }) };
/** Work goes back for what any of it came to, at the word of whoever did it as well. */
const FEEDBACK: Part = { work: () => ANY_WORK, without: () => ({ feedback: null }), actor: true };
/** Who did the work of a nested run. */
const DOERS: Part = {
  work: ({ step }) => ({ code: 'child_failed', ...(typeof step === 'string' && { step }) }),
  without: ({ doers }) => ({ contributors: [], ...(doers !== undefined && { doers: {} }) }),
};
/** Whose work the input of a nested run is. */
const SOURCES: Part = {
  work: ({ contributors }) => (contributors === undefined ? null : ANY_WORK),
  run: (payload) => within(payload, 'parent')?.['run'] as string | undefined,
  without: () => ({ contributors: [] }),
};

type OfNoTask = {
  [Type in EventType]: EventOf<Type>['data'] extends { readonly task: string } | { readonly of: string }
    ? never
    : Type;
}[EventType];

/** TOLD-2. One that is paused says of no task why. */
const TELLS = {
  'run.created': [SOURCES],
  'run.approved': [],
  'run.rejected': [FAILURE],
  'run.paused': [],
  'run.stopped': [],
  'run.resumed': [],
  'run.parent_halted': [],
  'run.parent_resumed': [],
  'run.cancelled': [],
  'run.closing': [END],
  'run.sent_back': [FEEDBACK],
  'run.redone': [FEEDBACK],
  'run.completed': [],
  'run.failed': [FAILURE],
  'launch.endorsed': [],
  'launch.escalated': [],
  'step.opened': [ITEMS],
  'step.skipped': [],
  'step.failed': [FAILURE],
  'slot.failed': [FAILURE],
  'slot.requeued': [],
  'compensation.closed': [],
  'wait.opened': [],
  'wait.completed': [],
  'wait.failed': [FAILURE],
  'wait.exited': [],
  'child.opened': [],
  'child.completed': [DOERS],
  'child.failed': [FAILURE, DOERS],
  'child.exited': [],
  'child.settled': [DOERS],
  'signal.received': [],
} as const satisfies Record<OfNoTask, readonly Part[]>;

const partsOf = (type: string): readonly Part[] =>
  Object.hasOwn(TELLS, type) ? TELLS[type as keyof typeof TELLS] : [];

/** What an event tells of work, and of whose. */
const toldIn = ({ type, run, payload }: Told) =>
  partsOf(type).flatMap((part) => {
    const work = part.work(payload);
    return isOfWork(work) ? [{ part, work, run: part.run?.(payload) ?? run }] : [];
  });

const withoutPart = <Event extends Told>(event: Event, { actor, without }: Part): Event => ({
  ...event,
  ...(actor && NOBODY),
  payload: { ...event.payload, ...without(event.payload), hidden: true },
});
