import type { Graph, Layer, Template, Work } from '../definition/graph.ts';
import { isArtifactRef, type Json } from '../definition/json.ts';
import { ENGINE_ACTOR, forWhom, type Attribution } from './attribution.ts';
import { clocksOf } from './deadline-terms.ts';
import type { Effects, Message, Moment, TimerSet } from './command.ts';
import type { Event, EventOf, EventType } from './event.ts';
import { evolve } from './evolve.ts';
import { apart, ArtifactsNeeded, scopeOf, type At } from './scope.ts';
import type { RunState, Task } from './state.ts';

/** Results above this become artifacts. Bytes of canonical JSON. */
export const INLINE_BYTES = 64 * 1024;
/**
 * What all expressions of one transition may spend together, four times what one may: with many of the worst it takes about a second,
 * and others have their turn before the next.
 */
const TRANSITION_WORK = 20_000_000;

/**
 * A transition in the making: decisions emit events, which are folded at once, so that what is decided next sees them.
 *
 * DRAFT-1  A command is refused before its first event, so that a rejection leaves the state as it was.
 * DRAFT-2  Events of the flow are the engine's, in the name of the human who answers for the run, on the authority of its
 *          definition, or of what was ruled or approved; events that a command is about are the caller's. Timers, leases and
 *          deliveries act in that human's name too.
 * DRAFT-3  Effects say what is to hold afterwards: no timer is both set and cancelled.
 * DRAFT-4  The timers of deadlines are what the events have made of the tasks: nobody else sets or cancels them.
 */
export class Draft {
  readonly graph: Graph;
  readonly moment: Moment;
  readonly events: Event[] = [];
  readonly touched = new Map<string, Task>();
  readonly artifacts: { sha256: string; text: string }[] = [];
  /** What is answered beside the state of the tasks. */
  answer: Json = null;
  /** The sequence of the state that the transition began with. */
  readonly since: number;
  #state: RunState | null;
  #timers = new Map<string, TimerSet>();
  #cancelled = new Set<string>();
  #messages: Message[] = [];

  constructor(graph: Graph, state: RunState | null, moment: Moment) {
    this.graph = graph;
    this.#state = state;
    this.since = state?.sequence ?? 0;
    this.moment = moment;
  }

  get state(): RunState {
    if (!this.#state) throw new Error('the run has not been created');
    return this.#state;
  }

  get effects(): Effects {
    return { timers: [...this.#timers.values()], cancelled: [...this.#cancelled], messages: this.#messages };
  }

  /** As the caller. */
  emit<Type extends EventType>(type: Type, layer: Layer, data: EventOf<Type>['data']): void {
    this.emitAs(type, layer, data, this.moment.by);
  }

  /** DRAFT-2: who acts where nobody has to. */
  get engine(): Attribution {
    const { definition, accountable } = this.state;
    const authority = { kind: 'definition', id: definition.id, version: String(definition.version) } as const;
    return { actor: ENGINE_ACTOR, onBehalfOf: accountable, authority };
  }

  /** As the engine. */
  flow<Type extends EventType>(type: Type, layer: Layer, data: EventOf<Type>['data']): void {
    this.emitAs(type, layer, data, this.engine);
  }

  /** As somebody else than the caller, or on another authority than that of their command. */
  emitAs<Type extends EventType>(
    type: Type,
    layer: Layer,
    data: EventOf<Type>['data'],
    as: Attribution,
  ): void {
    const by = forWhom(as, this.#state?.accountable ?? null);
    const event = { type, version: 1, at: this.moment.now, by, layer, data } as unknown as Event;
    const id = (data as { task?: string }).task;
    const before = id === undefined ? undefined : this.#state?.tasks[id];
    const clocks = before ? clocksOf(before) : [];
    this.#state = evolve(this.#state, event);
    this.events.push(event);
    if (event.type === 'slot.failed' && event.data.failure.code === 'expression_failed')
      this.#unopened.set(event.data.step, (this.#unopened.get(event.data.step) ?? 0) + 1);
    if (id === undefined) return;
    const task = before ?? this.#state.tasks[id];
    if (!task) return;
    this.touched.set(id, task);
    this.#follow(clocks, clocksOf(task));
  }

  /** As the engine, on the authority of a policy or an approval. */
  rule<Type extends EventType>(
    type: Type,
    layer: Layer,
    data: EventOf<Type>['data'],
    authority: Attribution['authority'],
  ): void {
    this.emitAs(type, layer, data, { ...this.engine, authority });
  }

  #follow(before: readonly TimerSet[], after: readonly TimerSet[]): void {
    for (const { id } of before) if (!after.some((timer) => timer.id === id)) this.cancelTimer(id);
    for (const { id, due, what } of after)
      if (!before.some((timer) => timer.id === id)) this.setTimer(id, due, what);
  }

  setTimer(id: string, due: number, what: TimerSet['what']): void {
    this.#cancelled.delete(id);
    this.#timers.set(id, { id, due, what });
  }

  cancelTimer(id: string): void {
    this.#timers.delete(id);
    this.#cancelled.add(id);
  }

  send(message: Message): void {
    this.#messages.push(message);
  }

  /** The value itself, or, when it is large, a reference to it as an artifact. */
  settle(value: Json): Json {
    if (isArtifactRef(value) || JSON.stringify(value).length * 3 <= INLINE_BYTES) return value;
    const text = this.moment.canonical(value);
    const bytes = this.moment.byteLength(text);
    if (bytes <= INLINE_BYTES) return value;
    const sha256 = this.moment.sha256(text);
    this.artifacts.push({ sha256, text });
    return { $artifact: sha256, bytes };
  }

  /** @throws ArtifactsNeeded */
  evaluate(template: Template, { unaccepted, ...at }: At = {}): ReturnType<Template['evaluate']> {
    const scope = scopeOf(this.graph, this.state, template, this.#content, unaccepted);
    const result = template.evaluate({ ...scope, ...at }, this.#work);
    return result.ok ? { ...result, value: apart(this.state, template, result.value) } : result;
  }

  /**
   * What is kept as an artifact, or the value itself.
   *
   * @throws ArtifactsNeeded
   */
  content(value: Json): Json {
    if (!isArtifactRef(value)) return value;
    const found = this.#content(value.$artifact);
    if (found === undefined) throw new ArtifactsNeeded([value.$artifact]);
    // What is not shown stays as the state has it: whoever has no content to give does not know its size.
    return isArtifactRef(found) ? value : found;
  }

  #work: Work = { left: TRANSITION_WORK };

  /** What each step could not open, its expressions being what they are. */
  #unopened = new Map<string, number>();
  #holdsBack = false;
  /** A step whose condition was evaluated, and holds, has no room. */
  crowded = false;

  /**
   * FLOW-6  Whether a step, or the run where it is null, waits for the next transition: all that expressions may spend in this one is
   * spent, and not by its own failures alone.
   */
  holdsBack(step: string | null): boolean {
    const own = step === null ? 0 : (this.#unopened.get(step) ?? 0);
    if (this.#work.left >= 0 || this.events.length === own) return false;
    this.#holdsBack = true;
    return true;
  }

  /** FLOW-6  Whether what could not be evaluated may be in the next transition, or as soon as there is room. */
  isLate(step: string): boolean {
    return this.holdsBack(step) || (this.crowded && this.#work.left < 0);
  }

  /** Something waits for the next transition. */
  get isHoldingBack(): boolean {
    return this.#holdsBack;
  }

  #content = (sha256: string): Json | undefined => {
    const own = this.artifacts.find((artifact) => artifact.sha256 === sha256);
    return own ? (JSON.parse(own.text) as Json) : this.moment.artifact(sha256);
  };
}
