import type { Graph, Layer, Scope, StepScope, Template } from '../definition/graph.ts';
import { isArtifactRef, type Json } from '../definition/json.ts';
import { ENGINE_ACTOR, type Attribution } from './attribution.ts';
import type { Effects, Moment } from './command.ts';
import type { Event, EventOf, EventType } from './event.ts';
import { evolve } from './evolve.ts';
import type { RunState, StepState, Task } from './state.ts';

/** Results above this become artifacts. Bytes of canonical JSON. */
export const INLINE_BYTES = 64 * 1024;
/** Expressions see the content of artifacts of one step up to this; past it they see the references. */
const HYDRATED_BYTES = 8 * 1024 * 1024;

/** Thrown, and caught by `transition`, when an expression reads an artifact that the moment does not hold. */
export class ArtifactsNeeded extends Error {
  readonly sha256: readonly string[];
  constructor(sha256: readonly string[]) {
    super('artifacts needed');
    this.sha256 = sha256;
  }
}

/**
 * A transition in the making: decisions emit events, which are folded at once, so that what is decided next sees them.
 *
 * DRAFT-1  A command is refused before its first event, so that a rejection leaves the state as it was.
 * DRAFT-2  Events of the flow are the engine's, in the name of the human who answers for the run, on the authority of its
 *          definition; events that a command is about are the caller's.
 */
export class Draft {
  readonly graph: Graph;
  readonly moment: Moment;
  readonly events: Event[] = [];
  readonly touched = new Map<string, Task>();
  readonly effects: Effects = { timers: [], cancelled: [], messages: [] };
  readonly artifacts: { sha256: string; text: string }[] = [];
  #state: RunState | null;

  constructor(graph: Graph, state: RunState | null, moment: Moment) {
    this.graph = graph;
    this.#state = state;
    this.moment = moment;
  }

  get state(): RunState {
    if (!this.#state) throw new Error('the run has not been created');
    return this.#state;
  }

  /** As the caller. */
  emit<Type extends EventType>(type: Type, layer: Layer, data: EventOf<Type>['data']): void {
    this.#append(type, layer, data, this.moment.by);
  }

  /** As the engine. */
  flow<Type extends EventType>(type: Type, layer: Layer, data: EventOf<Type>['data']): void {
    const { definition, accountable } = this.state;
    this.#append(type, layer, data, {
      actor: ENGINE_ACTOR,
      onBehalfOf: accountable,
      authority: { kind: 'definition', id: definition.id, version: String(definition.version) },
    });
  }

  #append<Type extends EventType>(type: Type, layer: Layer, data: EventOf<Type>['data'], by: Attribution): void {
    const event = { type, version: 1, at: this.moment.now, by, layer, data } as unknown as Event;
    const id = (data as { task?: string }).task;
    const before = id === undefined ? undefined : this.#state?.tasks[id];
    this.#state = evolve(this.#state, event);
    this.events.push(event);
    if (id === undefined) return;
    const task = before ?? this.#state.tasks[id];
    if (task) this.touched.set(id, task);
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

  evaluate(template: Template, at?: { item: Json; index: number }): ReturnType<Template['evaluate']> {
    const { state } = this;
    const run = { id: state.run, startedBy: state.startedBy, priority: state.priority };
    const scope: Scope = { input: state.input, phases: this.#phases(template), run };
    return template.evaluate(at ? { ...scope, item: at.item, index: at.index } : scope);
  }

  #phases(template: Template): Scope['phases'] {
    const phases = phasesOf(this.graph, this.state);
    const heavy = template.reads
      .map((id) => this.state.steps.find((step) => step.id === id))
      .filter((step) => step && step.artifactBytes > 0 && step.artifactBytes <= HYDRATED_BYTES);
    if (heavy.length === 0) return phases;
    const copy: Record<string, Record<string, StepScope>> = { ...phases };
    for (const step of heavy as StepState[]) {
      const [phase, name] = split(step.id);
      copy[phase] = { ...copy[phase], [name]: this.#hydrate(step) };
    }
    return copy;
  }

  #hydrate(step: StepState): StepScope {
    const missing: string[] = [];
    const content = (value: Json): Json => {
      if (!isArtifactRef(value)) return value;
      const own = this.artifacts.find((artifact) => artifact.sha256 === value.$artifact);
      const found = own ? (JSON.parse(own.text) as Json) : this.moment.artifact(value.$artifact);
      if (found === undefined) missing.push(value.$artifact);
      return found ?? null;
    };
    const seen = { ...step, output: content(step.output), outputs: step.outputs.map(content) };
    if (missing.length > 0) throw new ArtifactsNeeded(missing);
    return seen;
  }
}

const split = (id: string): [string, string] => {
  const dot = id.indexOf('.');
  return [id.slice(0, dot), id.slice(dot + 1)];
};

const VIEWS = new WeakMap<StepState[], Record<string, Record<string, StepScope>>>();

/** The steps by phase and name. Steps are changed in place, so one view serves for the life of the state. */
const phasesOf = (graph: Graph, state: RunState): Record<string, Record<string, StepScope>> => {
  let view = VIEWS.get(state.steps);
  if (!view) {
    view = {};
    for (const phase of graph.phases) {
      const steps: Record<string, StepScope> = {};
      for (const index of phase.steps) {
        const step = state.steps[index] as StepState;
        steps[split(step.id)[1]] = step;
      }
      view[phase.id] = steps;
    }
    VIEWS.set(state.steps, view);
  }
  return view;
};
