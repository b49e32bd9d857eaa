import type { Graph, StepNode, WorkflowNode } from '../definition/index.ts';
import { verdictOf, type Failure } from '../engine/index.ts';
import type { Passport } from '../routing/index.ts';
import type { Context } from './context.ts';
import { graphReader, type GraphReader } from './graphs.ts';
import type { RunSummaryView } from './schema/views.ts';
import { PARTS, ruleFor, seesAll, type Sight } from './sight.ts';

/**
 * SEE-2: the words of a failure may be those of whoever did a task that is hidden. Where tasks are not looked at one by one they are left
 * out wherever some of the step may be hidden.
 */
export const HIDDEN = 'What happened is hidden.';

/** What may be of any step: an expression reads the results of all. */
export const ANY_WORK = { code: 'expression_failed' } as const satisfies Partial<Failure>;

/** Whether tasks of a step, or of some who have them, are not for everyone to see. */
export function hides(node: StepNode | undefined, sight: Sight): boolean {
  const rules = node?.kind === 'task' ? node.rules : null;
  return !node || PARTS.some((part) => ruleFor(rules, part, sight) !== 'everyone');
}

/** Nested definitions that are looked into for one failure; where there are more, it may be hidden. */
const MOST_NESTED = 64;

/** Whose words failures may tell, as definitions say; each is read once. One that cannot be read may hide everything. */
export class Words {
  readonly #runtime: Context['runtime'];
  readonly #sight: Sight;
  readonly graph: GraphReader;
  readonly #nested = new Map<string, Promise<boolean>>();

  constructor({ runtime }: Pick<Context, 'runtime'>, sight: Sight) {
    this.#runtime = runtime;
    this.#sight = sight;
    this.graph = graphReader(runtime.organisation);
  }

  async mayHide({ code, step }: Partial<Failure>, graph: Graph | undefined): Promise<boolean> {
    if (code === ANY_WORK.code || code === 'compensation_failed') return this.#anyHides(graph);
    const node = graph?.steps.find(({ id }) => id === step);
    if (hides(node, this.#sight)) return true;
    return code === 'child_failed' && node?.kind === 'workflow' && this.#nestedIn(node);
  }

  #anyHides(graph: Graph | undefined): boolean {
    return graph?.steps.some((node) => hides(node, this.#sight)) ?? true;
  }

  #nestedIn(node: WorkflowNode): Promise<boolean> {
    const found = this.#nested.get(named(node)) ?? this.#nestedHides(node, new Set());
    this.#nested.set(named(node), found);
    return found;
  }

  async #nestedHides(nested: WorkflowNode, seen: Set<string>): Promise<boolean> {
    if (seen.has(named(nested))) return false;
    seen.add(named(nested));
    const { definition, version } = nested;
    const found = await this.#runtime.organisation.definition(definition, version ?? undefined);
    const graph = found ? await this.graph(found) : undefined;
    if (seen.size > MOST_NESTED || this.#anyHides(graph)) return true;
    for (const node of graph?.steps ?? [])
      if (node.kind === 'workflow' && (await this.#nestedHides(node, seen))) return true;
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
): Promise<RunSummaryView> {
  const { failure } = view;
  if (!isOfWork(failure) || seesAll(caller)) return view;
  return (await words.mayHide(failure, await words.graph(view.definition))) ? withoutWords(view) : view;
}
