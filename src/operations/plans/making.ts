import {
  plan,
  planProposal,
  proposalRequest,
  repairRequest,
  unreadable,
  type Goal,
  type ModelAnswer,
  type ModelRequest,
  type Plan,
  type Planned,
  type PlanMoment,
  type PlanningView,
} from '../../planning/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import type { Context } from '../context.ts';
import { done, no } from '../outcome.ts';
import { planningView } from './organisation.ts';

/** A language model that breaks goals down. Its answers are values, also where there is none. */
export interface PlanModel {
  readonly name: string;
  ask(request: ModelRequest, signal?: AbortSignal): Promise<ModelAnswer>;
}

export interface MadePlan {
  readonly plan: Plan;
  readonly plannedBy: string;
}

/** Who has made a plan without a model. */
export const PLANNER = 'planner';
/** How often a model may correct its answer. */
const REPAIRS = 2;

/** A plan for the goal: by the model where there is one and it can, else by the planner, which says so. */
export async function makePlan(
  context: Context,
  goal: Goal,
  {
    id,
    model,
    signal,
  }: { readonly id: string; readonly model: PlanModel | null; readonly signal?: AbortSignal },
): Promise<Outcome<MadePlan>> {
  const view = planningView(context);
  const moment = { now: context.clock.now(), id };
  const proposed = model && (await propose(model, goal, { view, moment, ...(signal && { signal }) }));
  if (proposed?.ok) return done({ plan: proposed.plan, plannedBy: model?.name ?? PLANNER });
  const planned = plan(goal, view, moment);
  if (!planned.ok) return impossible(planned.problems);
  const notices = proposed
    ? [`The model ${model?.name ?? ''} made no plan, because ${proposed.reason}: this one is the planner's.`]
    : [];
  return done({
    plan: { ...planned.plan, notices: [...notices, ...planned.plan.notices] },
    plannedBy: PLANNER,
  });
}

const impossible = (problems: Extract<Planned, { ok: false }>['problems']) =>
  no(
    'plan_impossible',
    `There is no plan for this goal. ${problems.map(({ message }) => message).join(' ')}`,
    { problems: problems.map(({ code, about, message }) => ({ code, path: about, message })) },
  );

interface Means {
  readonly view: PlanningView;
  readonly moment: PlanMoment;
  readonly signal?: AbortSignal;
}
type Proposed = { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly reason: string };

async function propose(model: PlanModel, goal: Goal, { view, moment, signal }: Means): Promise<Proposed> {
  let request = proposalRequest(goal, view);
  let problem = '';
  for (let turn = 0; turn <= REPAIRS; turn += 1) {
    const answer = await model.ask(request, signal);
    if (!answer.ok && answer.code === 'unavailable') return { ok: false, reason: answer.reason };
    const planned = answer.ok
      ? planProposal(goal, view, moment, { value: answer.value, model: model.name })
      : unreadable();
    if (planned.ok) return planned;
    problem = planned.problems[0]?.message ?? '';
    request = repairRequest(request, answer.text, planned.problems);
  }
  return {
    ok: false,
    reason: `${REPAIRS + 1} answers of it could not be used (${problem.replace(/\.$/, '')})`,
  };
}
