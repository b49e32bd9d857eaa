import type { RunState, RunStatus, StepState } from '../../engine/index.ts';
import type { Passport } from '../../routing/index.ts';
import type { RunRow } from '../../store/index.ts';
import type { Context } from '../context.ts';
import type { KeptPlan, StoredPlan } from './documents.ts';
import { statusNow } from '../run-view.ts';
import type { PlanSummaryView, PlanView } from '../schema/plan.ts';
import { leftOfPage, verdictNow } from '../verdict.ts';
import { sightOf } from '../sight/sight.ts';

export const planSummary = (plan: StoredPlan): PlanSummaryView => ({
  id: plan.id,
  name: plan.name,
  goal: plan.goal.goal,
  status: plan.startedAt === null ? 'draft' : 'started',
  guessed: plan.guessed,
  plannedBy: plan.plannedBy,
  createdBy: plan.createdBy,
  createdAt: plan.createdAt,
});

export interface PlanRun {
  readonly id: string;
  readonly status: RunStatus;
  /** The archive that it is in; null while it is in the database. */
  readonly file: string | null;
}

/** The run of a plan, wherever that is; null where none has come to be. */
export async function runOf({ runtime }: Context, plan: StoredPlan): Promise<PlanRun | null> {
  if (plan.startedAt === null) return null;
  const row = plan.run === undefined ? await firstOf(runtime, plan) : await runtime.store.run(plan.run);
  if (row) return { id: row.id, status: row.status, file: null };
  const archived = plan.run === undefined ? null : await runtime.archived(plan.run);
  return archived && { id: plan.run ?? '', status: archived.status, file: archived.file };
}

/** Whoever starts the definition of a plan again makes more runs of it. */
const MOST_RUNS = 1000;

const firstOf = async ({ store }: Context['runtime'], { id }: StoredPlan): Promise<RunRow | undefined> =>
  (await store.runs({ definition: id }, { limit: MOST_RUNS })).rows.at(-1);

/** A plan with how far its run has come. */
export async function planView(
  context: Context,
  { plan, revision }: KeptPlan,
  caller: Passport,
): Promise<PlanView> {
  const { definition, digest, estimates, explanation, notices, template, goal } = plan;
  const run = await runOf(context, plan);
  const found = run?.file === null ? await context.runtime.runs.state(run.id) : null;
  const page = found && leftOfPage(context, { caller, sight: await sightOf(context) });
  const steps = new Map(found?.state.steps.map((step) => [step.id, step]));
  return {
    ...planSummary(plan),
    definition,
    digest,
    executionPlan: plan.executionPlan.map((step) => ({
      ...step,
      requiredCapabilities: [...step.requiredCapabilities],
      status: found ? statusOf(steps.get(step.step), found.state) : step.status,
    })),
    estimates: { ...estimates, steps: [...estimates.steps], notes: [...estimates.notes] },
    explanation: explanation.map((reason) => ({ ...reason })),
    notices: [...notices, ...startNotices(plan, run)],
    requiredCapabilities: [...goal.requiredCapabilities],
    humanInLoop: goal.humanInLoop,
    priority: goal.priority,
    deadline: goal.deadline,
    input: goal.input,
    template: template && { ...template },
    editedBy: plan.editedBy,
    editedAt: plan.editedAt,
    startedBy: plan.startedBy,
    startedAt: plan.startedAt,
    run: run && {
      id: run.id,
      status: found?.state.status ?? run.status,
      verdict: found && page ? (await verdictNow(found, context, page)).verdict : null,
    },
    revision,
  };
}

function startNotices({ startedAt, run: id }: StoredPlan, run: PlanRun | null): string[] {
  if (run !== null)
    return run.file === null ? [] : [`Its run is archived in ${run.file}, with what its steps came to.`];
  if (startedAt === null) return [];
  return id === undefined
    ? ['It was started by an earlier release, and its run is not in the database any more.']
    : [
        'It has no run yet: the start was refused or cut off. Start it again; what stands against it is told.',
      ];
}

type StepStatus = PlanView['executionPlan'][number]['status'];

const statusOf = (step: StepState | undefined, run: RunState): StepStatus => {
  if (!step) return 'planned';
  const status = statusNow(step, run);
  return status === 'open' ? 'in_progress' : status;
};
