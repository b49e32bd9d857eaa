import type { Graph, StepNode, TaskRole, TaskRules, WorkflowNode } from '../../definition/index.ts';
import { mayByRole, verdictOf, type Failure } from '../../engine/index.ts';
import type { Passport } from '../../routing/index.ts';
import type { Context } from '../context.ts';
import { graphReader, type GraphReader } from '../graphs.ts';
import type { RunSummaryView } from '../schema/views.ts';
import { PARTS, ruleFor, seesAll, type Sight } from './sight.ts';
import { rolesToAll, type Answerable } from '../tasks/access.ts';

/**
 * SEE-2: the words of a failure may be those of whoever did a task that is hidden. Where tasks are not looked at one by one they are left
 * out wherever some of the step may be hidden from the caller.
 */
export const HIDDEN = 'What happened is hidden.';

/** What may be of any step: an expression reads the results of all. */
export const ANY_WORK = { code: 'expression_failed' } as const satisfies Partial<Failure>;

/** Whoever has a role to a task sees it in any status. */
const ENDED = { status: 'completed', suspension: null } as const;

/** Nested definitions that are looked into for one failure; where there are more, it may be hidden. */
const MOST_NESTED = 64;

/** Whose words failures may tell, as definitions say; each is read once. One that cannot be read may hide everything. */
export class Words {
  readonly #context: Context;
  readonly #sight: Sight;
  readonly #caller: Passport;
  readonly graph: GraphReader;
  readonly #nested = new Map<string, Promise<boolean>>();

  constructor(context: Context, sight: Sight, caller: Passport) {
    this.#context = context;
    this.#sight = sight;
    this.#caller = caller;
    this.graph = graphReader(context.runtime.organisation);
  }

  /** Whether tasks of a step, or of some who have them, are not for everyone to see, and the caller has no role to all of them. */
  hides(node: StepNode | undefined, run: Answerable | undefined): boolean {
    if (!node) return true;
    const rules = node.kind === 'task' ? node.rules : null;
    const isOpen = PARTS.every((part) => ruleFor(rules, part, this.#sight) === 'everyone');
    return !isOpen && !mayByRole({ ...ENDED, rules }, 'view', this.#roles(rules, run));
  }

  /** As lists of tasks: of runs that agents or systems begin, these have no role to others' work. */
  #roles(rules: TaskRules | null, run: Answerable | undefined): ReadonlySet<TaskRole> {
    const of = this.#caller.kind === 'human' ? (run ?? null) : null;
    return rolesToAll(this.#context, { rules }, of, this.#caller);
  }

  async mayHide(
    { code, step }: Partial<Failure>,
    graph: Graph | undefined,
    run: Answerable | undefined,
  ): Promise<boolean> {
    if (code === ANY_WORK.code || code === 'compensation_failed') return this.#anyHides(graph, run);
    const node = graph?.steps.find(({ id }) => id === step);
    if (this.hides(node, run)) return true;
    return code === 'child_failed' && node?.kind === 'workflow' && this.#nestedIn(node, run);
  }

  #anyHides(graph: Graph | undefined, run: Answerable | undefined): boolean {
    return graph?.steps.some((node) => this.hides(node, run)) ?? true;
  }

  #nestedIn(node: WorkflowNode, run: Answerable | undefined): Promise<boolean> {
    const key = `${named(node)} ${run?.startedBy} ${run?.accountable}`;
    const found = this.#nested.get(key) ?? this.#nestedHides(node, run, new Set());
    this.#nested.set(key, found);
    return found;
  }

  /** Whoever answers for a run answers for those nested in it. */
  async #nestedHides(nested: WorkflowNode, run: Answerable | undefined, seen: Set<string>): Promise<boolean> {
    if (seen.has(named(nested))) return false;
    seen.add(named(nested));
    const { definition, version } = nested;
    const found = await this.#context.runtime.organisation.definition(definition, version ?? undefined);
    const graph = found ? await this.graph(found) : undefined;
    if (seen.size > MOST_NESTED || this.#anyHides(graph, run)) return true;
    for (const node of graph?.steps ?? [])
      if (node.kind === 'workflow' && (await this.#nestedHides(node, run, seen))) return true;
    return false;
  }
}

/**
 * Codes of failures that tell of other steps than their own: what an expression has come upon, also that of an undoing, may be the result
 * of any; what a nested run has failed for is of its steps.
 */
export const OF_OTHERS = ['expression_failed', 'compensation_failed', 'child_failed'];

const named = ({ definition, version }: WorkflowNode): string => `${definition}@${version ?? ''}`;

/** Failures of no step are the run's own, but for what its expressions have come upon. */
export const isOfWork = (failure: Partial<Failure> | null): failure is Partial<Failure> =>
  failure !== null && (failure.step !== undefined || failure.code === ANY_WORK.code);

/** A run has failed for the same, in other words. One that is paused says of no task why. */
export function withoutWords<View extends RunSummaryView>(view: View): View {
  const { status, open } = view;
  if (status !== 'failed' && status !== 'rejected') return view;
  const failure = view.failure && { ...view.failure, message: HIDDEN };
  return { ...view, failure, verdict: verdictOf(status, failure, open) };
}

export async function withoutHiddenFailure(
  words: Words,
  view: RunSummaryView,
  caller: Passport,
  answerable: () => Promise<Answerable>,
): Promise<RunSummaryView> {
  const { failure } = view;
  if (!isOfWork(failure) || seesAll(caller)) return view;
  const graph = await words.graph(view.definition);
  return (await words.mayHide(failure, graph, await answerable())) ? withoutWords(view) : view;
}
