import type { Graph, Scope, StepScope, Template } from '../definition/graph.ts';
import { isArtifactRef, isObject, type Json, type JsonObject } from '../definition/json.ts';
import type { RunState, StepState } from './state.ts';
import { indexOf } from './steps.ts';

/** Expressions see the content of artifacts of one step up to this; past it they see the references. Bytes of canonical JSON. */
const HYDRATED_BYTES = 8 * 1024 * 1024;

/** Thrown, and caught by `transition`, when an expression reads artifacts that are not at hand. */
export class ArtifactsNeeded extends Error {
  readonly sha256: readonly string[];
  constructor(sha256: readonly string[]) {
    super('artifacts needed');
    this.sha256 = sha256;
  }
}

/** What a template sees beside the run. */
export interface At extends Partial<Pick<Scope, 'item' | 'index' | 'subject'>> {
  readonly unaccepted?: Unaccepted | undefined;
}

/** UNDO-6. A result that stands for none, except to what undoes it. */
interface Unaccepted {
  readonly step: StepState;
  readonly slot: number;
  readonly result: Json;
}

/**
 * What a template sees of a run.
 *
 * @throws ArtifactsNeeded naming all that is missing, when `content` does not have what the template reads.
 */
export const scopeOf = (
  graph: Graph,
  state: RunState,
  template: Template,
  content: (sha256: string) => Json | undefined,
  unaccepted?: Unaccepted,
): Scope => {
  const run = { id: state.run, startedBy: state.startedBy, priority: state.priority };
  const phases = viewOf(graph, state);
  const heavy = readBy(state, template).filter(isHeavy);
  const isPlain = heavy.length === 0 && !unaccepted;
  return {
    input: state.input,
    run,
    phases: isPlain ? phases : hydrated(phases, heavy, content, unaccepted),
  };
};

type Phases = Scope['phases'];

/** It holds artifacts that its readers are to see. */
const isHeavy = ({ artifactBytes }: StepState): boolean =>
  artifactBytes > 0 && artifactBytes <= HYDRATED_BYTES;

const readBy = (state: RunState, { reads }: Template): readonly StepState[] =>
  reads.flatMap((id) => state.steps[indexOf(state, id) ?? -1] ?? []);

/**
 * What an expression gives, apart from what folds still write into: that is what it was then. The lists of an open step are long where
 * most that reads of them reads one item, so they are copied where they are in the value, and nowhere else.
 */
export const apart = (state: RunState, template: Template, value: Json): Json => {
  const growing = readBy(state, template).filter(isGrowing);
  return growing.length === 0 ? value : withCopies(value, growing);
};

const isGrowing = ({ fanOut, status }: StepState): boolean => fanOut && status === 'open';

const withCopies = (value: Json, growing: readonly StepState[]): Json => {
  if (typeof value !== 'object' || value === null) return value;
  const own = copyOf(value, growing);
  if (own !== undefined) return own;
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    const kept = list.map((part) => withCopies(part, growing));
    return kept.every((part, at) => part === list[at]) ? value : kept;
  }
  const parts = Object.entries(value as JsonObject);
  const kept = parts.map(([key, part]) => [key, part && withCopies(part, growing)] as const);
  return kept.every(([, part], at) => part === parts[at]?.[1]) ? value : Object.fromEntries(kept);
};

/** Of what a fold writes into itself: a list of a step, or all that is seen of it. */
const copyOf = (value: object, growing: readonly StepState[]): Json | undefined => {
  for (const step of growing) {
    const { status, output, outputs, feedback, failures } = step;
    if (value === outputs || value === failures) return [...(value as readonly Json[])];
    if (value === step) return { status, output, outputs: [...outputs], feedback, failures: [...failures] };
  }
  return undefined;
};

const hydrated = (
  phases: Phases,
  heavy: readonly StepState[],
  content: (sha256: string) => Json | undefined,
  unaccepted?: Unaccepted,
): Phases => {
  const missing = new Set<string>();
  const whole = (value: Json): Json => {
    if (!isArtifactRef(value))
      return isSubject(value) ? { ...value, subject: whole(value['subject']) } : value;
    const found = content(value.$artifact);
    if (found === undefined) missing.add(value.$artifact);
    return isArtifactRef(found) ? value : (found ?? null);
  };
  const copy: Record<string, Record<string, StepScope>> = { ...phases };
  const show = (step: StepState, output: Json, outputs: readonly Json[]): void => {
    const [phase, name] = split(step.id);
    const seen = { ...step, output, outputs, failures: [...step.failures] };
    copy[phase] = { ...copy[phase], [name]: seen };
  };
  for (const step of heavy) show(step, whole(step.output), step.outputs.map(whole));
  if (unaccepted) {
    const { step, slot, result } = unaccepted;
    const isTooLarge = isArtifactRef(result) && result.bytes > HYDRATED_BYTES;
    const seen = isTooLarge ? result : whole(result);
    const [phase, name] = split(step.id);
    const { output, outputs } = copy[phase]?.[name] ?? step;
    show(step, step.fanOut ? output : seen, step.fanOut ? outputs.with(slot, seen) : outputs);
  }
  if (missing.size > 0) throw new ArtifactsNeeded([...missing]);
  return copy;
};

/** The result of an approval, whose subject is kept as an artifact. */
const isSubject = (value: Json): value is JsonObject & { readonly subject: Json } =>
  isObject(value) && isArtifactRef(value['subject']);

const split = (id: string): [string, string] => {
  const dot = id.indexOf('.');
  return [id.slice(0, dot), id.slice(dot + 1)];
};

const VIEWS = new WeakMap<readonly StepState[], Phases>();

/** The steps by phase and name. Steps are changed in place, so one view serves for the life of the state. */
const viewOf = (graph: Graph, state: RunState): Phases => {
  let view = VIEWS.get(state.steps);
  if (!view) {
    view = Object.fromEntries(graph.phases.map((phase) => [phase.id, namesOf(state, phase.steps)]));
    VIEWS.set(state.steps, view);
  }
  return view;
};

const namesOf = (state: RunState, steps: readonly number[]): Record<string, StepScope> =>
  Object.fromEntries(
    steps.map((index) => {
      const step = state.steps[index] as StepState;
      return [split(step.id)[1], step];
    }),
  );
