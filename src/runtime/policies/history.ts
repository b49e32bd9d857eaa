import { isArtifactRef, type Graph, type Json } from '../../definition/index.ts';
import { evolve, workAtTurn, writeAtTurn, writeQuestion, writtenIn } from '../../engine/index.ts';
import type { Event, Place, RunState, Task, Usage } from '../../engine/index.ts';
import type { Situation } from '../../policy/index.ts';
import { entriesOf } from '../../store/index.ts';
import { readEvent } from '../entries.ts';
import type { Runtime } from '../runtime.ts';
import {
  assignFacts,
  beginFacts,
  callFacts,
  resultFacts,
  startFacts,
  writeFacts,
  type FactSource,
  type FindPassport,
} from './facts.ts';

/** What the history of a run is made again of. */
interface Past {
  readonly graph: Graph;
  readonly events: Iterable<Event>;
  find: FindPassport;
  /** Content of artifacts; what is not there is told as its reference. */
  content(sha256: string): Json | undefined;
}

/**
 * The acts of a run that policies were, or would have been, asked about.
 *
 * PAST-1  Facts are those of the moment, made of the events before it; participants alone are as they are now.
 * PAST-2  What people were asked about, or policies failed, is an act also where nothing came of it.
 */
function* situationsIn({ graph, events, find, content }: Past): Generator<Situation, void, void> {
  let state: RunState | null = null;
  const whole = (value: Json): Json => (isArtifactRef(value) ? (content(value.$artifact) ?? value) : value);
  for (const event of events) {
    const source: FactSource = { graph, now: event.at, find };
    if (state) yield* before(source, state, event, whole, content);
    else if (event.type === 'run.created') yield startOf(source, event);
    state = evolve(state, event);
    if (event.type === 'task.created' && event.data.assignee !== undefined && !event.data.reserved)
      yield* begun(source, state, event.data.task, event.data.assignee, whole);
  }
}

function startOf(source: FactSource, event: Extract<Event, { type: 'run.created' }>): Situation {
  return { point: 'run.start', facts: startFacts(source, event.data, event.data.asked ?? event.data.limits) };
}

type Whole = (value: Json) => Json;

/** Whoever begins with a write is asked about it once more (TAKE-2). */
function* begun(
  source: FactSource,
  state: RunState,
  id: string,
  participant: string,
  whole: Whole,
): Generator<Situation> {
  const task = state.tasks[id];
  if (!task) return;
  yield { point: 'task.assign', facts: assignFacts(source, state, task, participant) };
  yield { point: 'task.start', facts: beginFacts(source, state, task, participant) };
  yield* writing(source, state, task, whole);
}

function* before(
  source: FactSource,
  state: RunState,
  event: Event,
  whole: Whole,
  content: Past['content'],
): Generator<Situation> {
  switch (event.type) {
    case 'task.started':
      return yield* begun(source, state, event.data.task, event.data.assignee, whole);
    case 'task.completed':
      return yield* resultIn(source, state, event, whole, event.data);
    case 'task.predone':
      yield* begun(source, state, event.data.task, event.by.actor, whole);
      return yield* resultIn(source, state, event, whole, NOT_TOLD);
    case 'task.created':
    case 'write.asked':
      return yield* writeIn(source, state, event, whole);
    case 'begin.asked':
      return yield* workIn(source, state, event.data);
    case 'slot.failed':
      return yield* failedIn(source, state, event.data, content);
    case 'tool.requested':
    case 'tool.denied': {
      const { task: id, agent, tool, class: is, arguments: args } = event.data;
      const task = state.tasks[id];
      const wanted = task && { task, agent, tool, class: is, arguments: whole(args) };
      if (wanted) yield { point: 'tool.call', facts: callFacts(source, state, wanted, is) };
      return;
    }
    default:
  }
}

type Ruled = Place & { readonly ruled?: unknown; readonly candidate?: string };

/** Work that people were asked about, or that was left to them, before anybody got it. Before its `candidate` was told nothing is known of it. */
function* workIn(source: FactSource, state: RunState, { candidate, ...place }: Ruled): Generator<Situation> {
  if (candidate === undefined) return;
  const work = workAtTurn(source.graph, state, place);
  yield { point: 'task.assign', facts: assignFacts(source, state, work, candidate) };
  yield { point: 'task.start', facts: beginFacts(source, state, work, candidate) };
}

/** What policies have failed, or left to people, before there was a task of it: whatever is on nobody is on what was to be written. */
function* failedIn(
  source: FactSource,
  state: RunState,
  data: Ruled,
  content: Past['content'],
): Generator<Situation> {
  if (!data.ruled) return;
  if (data.candidate !== undefined) return yield* workIn(source, state, data);
  const named = (sha256: string): Json => content(sha256) ?? { $artifact: sha256 };
  const write = writeAtTurn(source.graph, state, data, named);
  if (write) yield { point: 'record.write', facts: writeFacts(source, state, write) };
}

/** What is said of a result beside it; before its turn nothing is. */
interface Told {
  readonly confidence?: number | null;
  readonly usage: Usage;
}
const NOT_TOLD: Told = { usage: { tokens: 0, cost: 0 } };

function* resultIn(
  source: FactSource,
  state: RunState,
  { data, by }: Extract<Event, { type: 'task.completed' | 'task.predone' }>,
  whole: Whole,
  { confidence = null, usage }: Told,
): Generator<Situation> {
  const task = state.tasks[data.task];
  if (!task) return;
  const asked = { point: 'task.complete' as const, task, participant: by.actor, confidence, usage };
  const output = whole(data.output);
  yield { point: 'task.complete', facts: resultFacts(source, state, { ...asked, output }) };
}

/** A write whose approval was asked is told with that, and not again when its task is made. */
function* writeIn(
  source: FactSource,
  state: RunState,
  { type, data }: Extract<Event, { type: 'task.created' | 'write.asked' }>,
  whole: Whole,
): Generator<Situation> {
  if (type === 'task.created') {
    if (data.kind !== 'record') return;
    if (state.boundaries?.cleared[`${data.step}/${data.slot}/${data.round}`]) return;
  }
  yield* writing(source, state, { ...data, id: data.task, kind: 'record' }, whole);
}

type Write = Pick<Task, 'id' | 'step' | 'kind' | 'slot' | 'attempt' | 'priority' | 'input'>;

function* writing(source: FactSource, state: RunState, task: Write, whole: Whole): Generator<Situation> {
  const node = source.graph.steps.find(({ id }) => id === task.step);
  const asked = writeQuestion(task, node, () => whole(writtenIn(whole(task.input))));
  if (asked?.point === 'record.write')
    yield { point: 'record.write', facts: writeFacts(source, state, asked) };
}

const PAGE = 1000;

/** Acts of a run that policies were, or would have been, asked about; null when there is no such run. */
export async function situationsOf(
  { runs, store, organisation }: Pick<Runtime, 'runs' | 'store' | 'organisation'>,
  run: string,
): Promise<Situation[] | null> {
  const found = await runs.state(run);
  if (!found) return null;
  const events: Event[] = [];
  for await (const entries of entriesOf(store, run, PAGE))
    for (const { text } of entries) events.push(readEvent(text));
  const find = (id: string) => organisation.passport(id);
  return [...situationsIn({ graph: found.graph, events, find, content: () => undefined })];
}
