import type { StepState } from '../engine/index.ts';
import type { Context } from './context.ts';
import type { KeptPlan, StoredPlan } from './plan-documents.ts';
import type { PlanSummaryView, PlanView } from './schema/plan.ts';

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

/** The run of a plan: the first of its definition. */
export async function runOf({ runtime }: Context, { id, startedAt }: StoredPlan): Promise<string | null> {
  if (startedAt === null) return null;
  const { rows } = await runtime.store.runs({ definition: id }, { limit: MOST_RUNS });
  return rows.at(-1)?.id ?? null;
}

/** Whoever starts the definition of a plan again makes more of them. */
const MOST_RUNS = 1000;

/** A plan with how far its run has come. */
export async function planView(context: Context, { plan, revision }: KeptPlan): Promise<PlanView> {
  const { definition, digest, estimates, explanation, notices, template, goal } = plan;
  const run = await runOf(context, plan);
  const found = run === null ? null : await context.runtime.runs.state(run);
  const steps = new Map(found?.state.steps.map((step) => [step.id, step]));
  return {
    ...planSummary(plan),
    definition,
    digest,
    executionPlan: plan.executionPlan.map((step) => ({
      ...step,
      requiredCapabilities: [...step.requiredCapabilities],
      status: found ? statusOf(steps.get(step.step)) : step.status,
    })),
    estimates: { ...estimates, steps: [...estimates.steps], notes: [...estimates.notes] },
    explanation: explanation.map((reason) => ({ ...reason })),
    notices: [...notices],
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
    run: found && { id: found.state.run, status: found.state.status },
    revision,
  };
}

type StepStatus = PlanView['executionPlan'][number]['status'];

const statusOf = (step: StepState | undefined): StepStatus => {
  if (!step) return 'planned';
  return step.status === 'open' ? 'in_progress' : step.status;
};
