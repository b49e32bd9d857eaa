import { examine } from './check.ts';
import { compileApproval, compileDeadlines, lapseOf } from './compile-approval.ts';
import { parseDuration } from './duration.ts';
import type {
  Allow,
  ApprovalNode,
  Assign,
  ForEach,
  Graph,
  Layer,
  Limits,
  OnFailure,
  PhaseNode,
  RecordNode,
  Retry,
  StepNode,
  TaskNode,
  Template,
  WaitNode,
  WorkflowNode,
} from './graph.ts';
import type { Json } from './json.ts';
import { formatPath, type Path } from './path.ts';
import { topologicalOrder, type PhaseGraph } from './phase-graph.ts';
import { isError, type DefinitionProblem } from './problem.ts';
import { readRules } from './read-rules.ts';
import { COMPENSATE } from './outline.ts';
import type { AuthoredCompensation, AuthoredDefinition, AuthoredStep } from './schema.ts';
import type { Templates } from './templates.ts';

const DEFAULT_CONCURRENCY = 32;
const DEFAULT_TASKS = 10_000;
/** Of a step that a machine does; what only a human does is not repeated by itself. */
const DEFAULT_RETRY: Retry = { attempts: 3, backoff: 'exponential', delay: 1000, maxDelay: 60_000 };
const NO_RETRY: Retry = { attempts: 1, backoff: 'none', delay: 0, maxDelay: 0 };
/** DESIGN section 6. */
const DEFAULT_CONFIDENCE = 0.7;

export type CompiledDefinition =
  | { readonly ok: true; readonly graph: Graph }
  | { readonly ok: false; readonly problems: readonly DefinitionProblem[] };

/** Compiles a checked document; `digest` is the SHA-256 of its `definitionText`. Gives the errors of a document that has any. */
export function compileDefinition(document: Json, digest: string): CompiledDefinition {
  const { problems, authored, graph, templates } = examine(document, {}, false);
  const errors = problems.filter(isError);
  if (errors.length > 0 || authored === null) return { ok: false, problems: errors };
  return { ok: true, graph: new GraphBuilder(authored, graph, templates).build(digest) };
}

const EMPTY: Template = constantTemplate({});

function constantTemplate(value: Json): Template {
  const result = { ok: true, value } as const;
  return { reads: [], evaluate: () => result };
}

/** Only for texts that the check has found to be durations. */
const ms = (text: string): number => parseDuration(text)!;
const optionalMs = (text: string | undefined): number | null => (text === undefined ? null : ms(text));
const list = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

class GraphBuilder {
  readonly #authored: AuthoredDefinition;
  readonly #source: PhaseGraph;
  readonly #templates: Templates;
  /** Authored positions in topological order, and the way back. */
  readonly #order: readonly number[];
  readonly #place: ReadonlyMap<number, number>;

  constructor(authored: AuthoredDefinition, source: PhaseGraph, templates: Templates) {
    this.#authored = authored;
    this.#source = source;
    this.#templates = templates;
    this.#order = topologicalOrder(source.needs);
    this.#place = new Map(this.#order.map((position, index) => [position, index]));
  }

  build(digest: string): Graph {
    const { id, name, safety, input, limits, allow } = this.#authored;
    const work = this.#steps();
    const steps = [...work, ...this.#compensations(work)];
    return {
      id,
      digest,
      name: name ?? id,
      safety: safety ?? 'reversible',
      limits: readLimits(limits),
      allow: readAllow(allow),
      input: input ?? null,
      phases: this.#phases(work),
      steps,
      output: this.#template(['output']),
    };
  }

  #template(path: Path): Template | null {
    return this.#templates.get(formatPath(path))?.template ?? null;
  }

  /** A condition that is always true is none. */
  #condition(path: Path): Template | null {
    const compiled = this.#templates.get(formatPath([...path, 'if']));
    return compiled === undefined || compiled.constant?.value === true ? null : compiled.template;
  }

  #phases(steps: readonly StepNode[]): readonly PhaseNode[] {
    const needs = this.#order.map((position) =>
      this.#source.needs[position]!.map((need) => this.#place.get(need)!).sort((a, b) => a - b),
    );
    const dependents: number[][] = needs.map(() => []);
    for (const [index, before] of needs.entries()) for (const need of before) dependents[need]!.push(index);
    const downstream = this.#order.map((position, index) => [
      index,
      ...this.#order.flatMap((other, at) => (this.#source.upstream[other]!.has(position) ? [at] : [])),
    ]);
    return this.#order.map((position, index) => ({
      id: this.#authored.phases[position]!.id,
      index,
      needs: needs[index]!,
      dependents: dependents[index]!,
      downstream: downstream[index]!,
      steps: steps.filter((step) => step.phase === index).map((step) => step.index),
      if: this.#condition(['phases', position]),
    }));
  }

  #steps(): readonly StepNode[] {
    const steps: StepNode[] = [];
    for (const [phase, position] of this.#order.entries()) {
      const authored = this.#authored.phases[position]!;
      for (const [at, step] of authored.steps.entries()) {
        const path = ['phases', position, 'steps', at];
        const base = {
          id: `${authored.id}.${step.id}`,
          index: steps.length,
          phase,
          if: this.#condition(path),
          forEach: this.#forEach(step, path),
          timeout: lapseOf(step.timeout),
          retry: readRetry(step),
          onFailure: readOnFailure(step.onFailure, this.#template([...path, 'onFailure', 'to'])),
          priority: step.priority ?? null,
          compensates: null,
        };
        steps.push(this.#kind(step, path, base));
      }
    }
    return steps;
  }

  /** What undoes the steps and the phases, after all that they undo. */
  #compensations(work: readonly StepNode[]): readonly StepNode[] {
    const made: StepNode[] = [];
    const add = (undo: AuthoredCompensation | undefined, path: Path, of: Undone): void => {
      if (undo === undefined) return;
      const base = {
        id: `${of.id}.${COMPENSATE}`,
        index: work.length + made.length,
        phase: of.phase,
        if: null,
        forEach: of.forEach,
        timeout: lapseOf(undo.timeout),
        retry: readRetry(undo),
        onFailure: readOnFailure(
          undo.onFailure,
          this.#template([...path, COMPENSATE, 'onFailure', 'to']),
          'escalate',
        ),
        priority: undo.priority ?? null,
        compensates: of.compensates,
      };
      made.push(this.#kind(undo, [...path, COMPENSATE], base));
    };
    for (const [phase, position] of this.#order.entries()) {
      const { id, steps, compensate } = this.#authored.phases[position]!;
      const own = work.filter((node) => node.phase === phase);
      for (const [at, step] of steps.entries()) {
        const { index, ...node } = own[at]!;
        const path = ['phases', position, 'steps', at];
        add(step.compensate, path, { ...node, compensates: { kind: 'step', step: index } });
      }
      const whole = { id, phase, forEach: null, compensates: { kind: 'phase', phase } } as const;
      add(compensate, ['phases', position], whole);
    }
    return made;
  }

  #forEach({ forEach }: AuthoredStep, path: Path): ForEach | null {
    if (forEach === undefined) return null;
    const wrapped = typeof forEach === 'object' && 'items' in forEach ? forEach : null;
    const items = this.#template([...path, 'forEach', ...(wrapped === null ? [] : ['items'])]);
    return { items: items!, concurrency: wrapped?.concurrency ?? null };
  }

  #kind(step: Omit<AuthoredStep, 'id'>, path: Path, base: Base): StepNode {
    if (step.task !== undefined) return this.#task(step.task, path, base);
    if (step.approval !== undefined) return this.#approval(step.approval, path, base);
    if (step.record !== undefined) return this.#record(step.record, path, base);
    if (step.wait !== undefined) return this.#wait(step.wait, path, base);
    return this.#workflow(step.workflow!, path, base);
  }

  #task(task: NonNullable<AuthoredStep['task']>, path: Path, base: Base): TaskNode {
    const layer: Layer = task.by === 'human' ? 'decide' : 'execute';
    return {
      ...base,
      kind: 'task',
      layer,
      description: task.description ?? null,
      requires: task.requires ?? [],
      by: task.by ?? null,
      level: task.level ?? null,
      ...this.#from(task.from, [...path, 'task', 'from']),
      separateFrom: list(task.separateFrom),
      excluded: list(task.exclude),
      assign: readAssign(task),
      confidence: task.confidence ?? DEFAULT_CONFIDENCE,
      input: this.#template([...path, 'task', 'input']) ?? EMPTY,
      output: task.output ?? null,
      skippable: task.skippable ?? false,
      deadlines: compileDeadlines(task.deadlines),
      activateAt: this.#template([...path, 'task', 'activateAt']),
      rules: readRules(task),
    };
  }

  /** Parties as they stand, or the template that gives them. */
  #from(from: string | readonly string[] | undefined, path: Path): Pick<TaskNode, 'from' | 'whom'> {
    const whom = this.#template(path);
    return whom === null ? { from: list(from), whom } : { from: [], whom };
  }

  #hops(path: Path): Pick<ApprovalNode, 'escalate' | 'escalateTo'> | null {
    const escalateTo = this.#template(path);
    return escalateTo && { escalate: [], escalateTo };
  }

  #approval(approval: NonNullable<AuthoredStep['approval']>, path: Path, base: Base): ApprovalNode {
    return {
      ...base,
      kind: 'approval',
      layer: 'decide',
      subject: this.#template([...path, 'approval', 'subject'])!,
      ...this.#from(approval.from, [...path, 'approval', 'from']),
      ...compileApproval(approval, [...path, 'approval'], {
        condition: (at) => this.#condition(at),
        shape: (at) => this.#templates.get(formatPath(at))?.shape ?? null,
        phase: (id) => this.#place.get(this.#source.byId.get(id)!)!,
      }),
      ...this.#hops([...path, 'approval', 'escalate']),
      within: lapseOf(approval.within) ?? base.timeout,
    };
  }

  #record(record: NonNullable<AuthoredStep['record']>, path: Path, base: Base): RecordNode {
    const { system, operation, verify = false, approvedBy = null } = record;
    const input = this.#template([...path, 'record', 'input']) ?? EMPTY;
    return { ...base, kind: 'record', layer: 'record', system, operation, input, verify, approvedBy };
  }

  #wait({ signal, within }: NonNullable<AuthoredStep['wait']>, path: Path, base: Base): WaitNode {
    return {
      ...base,
      kind: 'wait',
      layer: 'execute',
      for: this.#template([...path, 'wait', 'for']),
      until: this.#template([...path, 'wait', 'until']),
      signal: signal ?? null,
      within: lapseOf(within) ?? (signal === undefined ? null : base.timeout),
    };
  }

  #workflow(
    { definition, version }: NonNullable<AuthoredStep['workflow']>,
    path: Path,
    base: Base,
  ): WorkflowNode {
    const input = this.#template([...path, 'workflow', 'input']) ?? EMPTY;
    return { ...base, kind: 'workflow', layer: 'execute', definition, version: version ?? null, input };
  }
}

type Base = Omit<StepNode, 'kind' | 'layer'>;
type Undone = Pick<Base, 'id' | 'phase' | 'forEach' | 'compensates'>;

function readRetry({ retry, task, record }: Pick<AuthoredStep, 'retry' | 'task' | 'record'>): Retry {
  const byMachine = record !== undefined || (task !== undefined && task.by !== 'human');
  if (retry === undefined) return byMachine ? DEFAULT_RETRY : NO_RETRY;
  const delay = retry.delay === undefined ? DEFAULT_RETRY.delay : ms(retry.delay);
  return {
    attempts: retry.attempts ?? DEFAULT_RETRY.attempts,
    backoff: retry.backoff ?? DEFAULT_RETRY.backoff,
    delay,
    maxDelay: retry.maxDelay === undefined ? Math.max(delay, DEFAULT_RETRY.maxDelay) : ms(retry.maxDelay),
  };
}

function readOnFailure(
  onFailure: AuthoredStep['onFailure'],
  whom: Template | null,
  usual: OnFailure['finally'] = 'fail',
): OnFailure {
  if (onFailure === undefined) return { then: null, finally: usual, to: [] };
  if (typeof onFailure === 'string') return { then: null, finally: onFailure, to: [] };
  const { then = null, finally: end = usual, to } = onFailure;
  return whom === null ? { then, finally: end, to: list(to) } : { then, finally: end, to: [], whom };
}

function readAssign({ assign, by }: NonNullable<AuthoredStep['task']>): Assign | null {
  if (assign === undefined) return null;
  const usual = by === 'agent' ? 'best_fit' : 'offer';
  const asked = typeof assign === 'string' ? { strategy: assign } : assign;
  const {
    strategy = usual,
    step = null,
    when = 'enabled',
    load = null,
    fallback = usual,
    order = 'any',
  } = asked;
  return { strategy, step, when, load, fallback, order };
}

function readLimits(limits: AuthoredDefinition['limits']): Limits {
  return {
    concurrency: limits?.concurrency ?? DEFAULT_CONCURRENCY,
    tasks: limits?.tasks ?? DEFAULT_TASKS,
    tokens: limits?.tokens ?? null,
    cost: limits?.cost ?? null,
    duration: optionalMs(limits?.duration),
  };
}

const readAllow = (allow: AuthoredDefinition['allow']): Allow => ({
  capabilities: allow?.capabilities ?? null,
  tools: allow?.tools ?? null,
});
