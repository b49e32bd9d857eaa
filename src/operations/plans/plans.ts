import { compileSchema, isError, type Json, type JsonObject } from '../../definition/index.ts';
import { describeEdited, type Described, type Goal } from '../../planning/index.ts';
import type { Passport } from '../../routing/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import { sizeOf, wantedRows } from '../bounded.ts';
import { plainWrite, type Call, type Context, type Idempotency, type Read } from '../context.ts';
import { done, no, type Refused } from '../outcome.ts';
import { asGranted, grantOf } from '../permissions.ts';
import {
  digestOf,
  findPlan,
  inTurn,
  keepPlan,
  unknownPlan,
  type KeptPlan,
  type StoredPlan,
} from './documents.ts';
import { makePlan, PLANNER } from './making.ts';
import { planningView } from './organisation.ts';
import { saveTemplate, templateOf, durationIn } from './templates.ts';
import { planSummary, planView, runOf, type PlanRun } from './view.ts';
import { remember } from '../repetition.ts';
import { APPROVERS, type PlanView } from '../schema/plan.ts';

/**
 * Plans: made, looked at, edited, started.
 *
 * PLANS-1  A plan is started once: it names its run before that begins. Whatever is repeated, or goes on where a process ended, finds
 *          the run there is, or was before it was archived.
 * PLANS-2  What a plan was guessed from is confirmed by starting it, never by making it; what a model chose, by somebody else's yes.
 * PLANS-3  Nothing changes in a plan that has been started.
 */
type Request = Call<'workflow.plan'>['input'];

const goalOf = (input: Request): Goal => ({
  goal: input.goal,
  name: input.name ?? null,
  requiredCapabilities: input.requiredCapabilities,
  humanInLoop: input.humanInLoop,
  approvers: input.approvers ?? APPROVERS,
  priority: input.priority,
  deadline: input.deadline ?? null,
  budget: { cost: input.budget.cost ?? null, tokens: input.budget.tokens ?? null },
  preferredAssignee: input.preferredAssignee ?? null,
  input: input.input,
});

/** Under one idempotency key one plan is made, and its start goes on where it was left. Where the start is refused, the refusal names the plan. */
export const makePlanOperation = plainWrite('workflow.plan', {
  unrecorded: true,
  async act(context, call) {
    const { input, caller, idempotency } = call;
    if (input.approvers && !input.humanInLoop)
      return no('request_invalid', 'Nobody would approve anything: approvers goes with humanInLoop.');
    if (input.save !== undefined && grantOf(caller, 'definitions.write') === null)
      return no(
        'forbidden',
        `${caller.name} may not save definitions, which takes the permission definitions.write.`,
      );
    const made = await planOf(context, call, idempotency && planKey(idempotency));
    if (!made.ok) return made;
    const { plan } = made.value;
    const isConfirmed = input.start && !plan.guessed;
    const kept = isConfirmed
      ? await inTurn(context, plan.id, () => startKept(context, made.value, caller))
      : made;
    if (kept.ok) return done(await planView(context, kept.value, caller));
    const { rejection } = kept;
    return { ok: false, rejection: { ...rejection, details: { ...rejection.details, plan: plan.id } } };
  },
});

const planKey = ({ key, fingerprint }: Idempotency): Idempotency => ({ key: `${key} plan`, fingerprint });

/** The plan that an earlier attempt of the same request has made, or a new one. */
async function planOf(
  context: Context,
  call: Call<'workflow.plan'>,
  idempotency: Idempotency | undefined,
): Promise<Outcome<KeptPlan>> {
  const known = idempotency && (await context.runtime.store.idempotent(idempotency.key));
  if (!known) return createPlan(context, call, idempotency);
  if (known.fingerprint !== idempotency.fingerprint)
    return no('idempotency_mismatch', 'This idempotency key was used for another request.');
  const { id } = known.result as { id: string };
  return (await keptPlan(context, id)) ?? unknownPlan(id);
}

const keptPlan = async (context: Context, id: string): Promise<Outcome<KeptPlan> | null> => {
  const kept = await findPlan(context, id);
  return kept && done(kept);
};

async function createPlan(
  context: Context,
  { input, caller, signal }: Call<'workflow.plan'>,
  idempotency: Idempotency | undefined,
): Promise<Outcome<KeptPlan>> {
  const goal = goalOf(input);
  const id = `plan_${context.newId()}`;
  const model = input.planner === 'auto' ? (context.model ?? null) : null;
  const made = await makePlan(context, goal, { id, model, ...(signal && { signal }) });
  if (!made.ok) return made;
  const { plan, plannedBy } = made.value;
  const by = asGranted(caller, 'runs.operate');
  const template =
    input.save === undefined
      ? null
      : await saveTemplate(context, { ...templateOf({ ...plan, goal }), id: input.save }, caller);
  if (template && !template.ok) return template;
  const stored: StoredPlan = {
    id,
    name: nameOf(plan.definition, id),
    goal,
    ...plan,
    ...(goal.deadline !== null && durationIn(plan.definition)),
    digest: digestOf(context, plan.definition),
    plannedBy,
    template: template && refOf(template.value.definition),
    createdBy: caller.id,
    createdAt: context.clock.now(),
    editedBy: null,
    editedAt: null,
    startedBy: null,
    startedAt: null,
  };
  return keepPlan(
    context,
    {
      type: 'plan.created',
      payload: createdPayload(context, stored),
      plan: stored,
      revision: 0,
      ...(idempotency && { remember: remember(idempotency, { id }) }),
    },
    by,
  );
}

const nameOf = ({ name }: JsonObject, otherwise: string): string =>
  typeof name === 'string' ? name : otherwise;

const refOf = ({ id, version, digest }: { id: string; version: number; digest: string }) => ({
  id,
  version,
  digest,
});

/** The input may be large, and is in the run: here it is known by its digest. */
const createdPayload = (context: Context, { id, name, goal, digest, guessed, plannedBy }: StoredPlan) => {
  const { input, ...rest } = goal;
  return { id, goal: { ...rest, name, input: digestOf(context, input) }, digest, guessed, plannedBy };
};

// --- reading ----------------------------------------------------------------------------------------------------------

export const getPlan: Read<'plan.get'> = async (context, { input: { id }, caller }) => {
  const kept = await findPlan(context, id);
  return kept ? done(await planView(context, kept, caller)) : unknownPlan(id);
};

/** Plans are read whole, to show little of each. */
export const listPlans: Read<'plan.list'> = async ({ runtime: { store } }, { input }) => {
  const { rows, next } = await wantedRows(
    input,
    (page) => store.documents('plan', page),
    (found) => found,
    ({ body }) => sizeOf(body),
  );
  return done({ rows: rows.map(({ body }) => planSummary(body as unknown as StoredPlan)), next });
};

// --- editing ----------------------------------------------------------------------------------------------------------

export const editPlan = plainWrite('plan.edit', {
  act(context, call) {
    return inTurn(context, call.input.id, () => edit(context, call));
  },
});

async function edit(
  context: Context,
  { input: { id, definition, input, revision }, caller, idempotency }: Call<'plan.edit'>,
): Promise<Outcome<PlanView>> {
  const kept = await findPlan(context, id);
  if (!kept) return unknownPlan(id);
  if (revision !== undefined && revision !== kept.revision)
    return no('changed_meanwhile', `Plan ${id} has revision ${kept.revision}, not ${revision}.`);
  if (kept.plan.startedAt !== null) return started(kept.plan, await runOf(context, kept.plan));
  const { plan } = kept;
  const before: StoredPlan =
    input === undefined ? plan : { ...plan, goal: { ...plan.goal, input }, inputEdited: true };
  const edited = await editedPlan(context, before, definition);
  if (!edited.ok) return edited;
  const next: StoredPlan = {
    ...before,
    ...edited.value,
    editedBy: caller.id,
    editedAt: context.clock.now(),
  };
  const payload = {
    id,
    digest: next.digest,
    before: plan.digest,
    ...(input !== undefined && { input: digestOf(context, input) }),
  };
  const view = await planView(context, { plan: next, revision: kept.revision + 1 }, caller);
  const outcome = await keepPlan(
    context,
    {
      type: 'plan.edited',
      payload,
      plan: next,
      revision: kept.revision,
      ...(idempotency && { remember: remember(idempotency, view) }),
    },
    asGranted(caller, 'runs.operate'),
  );
  return outcome.ok ? done(view) : outcome;
}

function started({ id }: StoredPlan, run: PlanRun | null): Refused {
  const where = run?.file ? `, which is archived in ${run.file}` : '';
  const known = run ? `: its run is ${run.id}${where}` : '';
  return no(
    'plan_started',
    `Plan ${id} has been started${known}. Make another plan, or save it as a definition and change that.`,
    run ? { run: run.id } : {},
  );
}

type Edited = Described & Pick<StoredPlan, 'definition' | 'digest' | 'name'>;

async function editedPlan(
  context: Context,
  plan: StoredPlan,
  definition: JsonObject,
): Promise<Outcome<Edited>> {
  const problems = await context.runtime.organisation.definitions.check(definition);
  const described = describeEdited(definition, planningView(context), plan, {
    goal: plan.goal,
    now: context.clock.now(),
  });
  if (!described || problems.some(isError)) {
    const first = problems.find(isError);
    return no('definition_invalid', `The definition of the plan is not right: ${first?.message ?? ''}`, {
      problems,
    });
  }
  if (definition['id'] !== plan.id)
    return no('definition_invalid', `The definition of a plan has the id of the plan, ${plan.id}.`, {
      problems: [
        { code: 'invalid_value', severity: 'error', path: 'id', message: `It has to be ${plan.id}.` },
      ],
    });
  const name = nameOf(definition, plan.id);
  const shown = plan.inputEdited ? { definition, input: plan.goal.input } : definition;
  return done({ ...described, definition, digest: digestOf(context, shown), name });
}

// --- starting ---------------------------------------------------------------------------------------------------------

export const startPlan = plainWrite('plan.start', {
  unrecorded: true,
  act(context, call) {
    return inTurn(context, call.input.id, () => begin(context, call));
  },
});

async function begin(
  context: Context,
  { input: { id, digest }, caller, idempotency }: Call<'plan.start'>,
): Promise<Outcome<PlanView>> {
  const kept = await findPlan(context, id);
  if (!kept) return unknownPlan(id);
  const { plan } = kept;
  if (digest !== undefined && digest !== plan.digest)
    return no('digest_mismatch', `Plan ${id} is not what was read: its digest is ${plan.digest}.`);
  const isRepeated = idempotency !== undefined && plan.startedBy === caller.id;
  const run = await runOf(context, plan);
  if (run !== null && !isRepeated) return started(plan, run);
  const outcome = await startKept(context, kept, caller);
  return outcome.ok ? done(await planView(context, outcome.value, caller)) : outcome;
}

/**
 * What would refuse the run is looked at first; then the plan is closed to changes, and then the run is started: whoever repeats it
 * goes on where it was left.
 */
async function startKept(context: Context, kept: KeptPlan, caller: Passport): Promise<Outcome<KeptPlan>> {
  if ((await runOf(context, kept.plan)) !== null) return done(kept);
  if (timeLeft(context, kept.plan) === 0)
    return no('plan_impossible', 'The deadline of the plan has passed. Make another plan.');
  const by = asGranted(caller, 'runs.operate');
  const saved = await context.runtime.organisation.saveDefinition(kept.plan.definition, by);
  if (!saved.ok) return saved;
  const closed = kept.plan.startedAt === null ? await close(context, kept, caller) : done(kept);
  if (!closed.ok) return closed;
  const { plan } = closed.value;
  const { run } = plan;
  // An earlier release started it: whether there was a run before it was archived is not known any more.
  if (run === undefined) return started(plan, null);
  const { organisation, runs } = context.runtime;
  const definition = refOf(saved.value.definition);
  const graph = await organisation.graph(definition);
  const { input, priority } = plan.goal;
  const begun = await runs.execute(
    run,
    {
      type: 'start',
      run,
      definition,
      input,
      priority,
      accountable: by.onBehalfOf,
      hold: isHeld(plan),
      contributors: [],
      // The limits count from the start, and the deadline does not wait for it.
      allotment: { ...graph.limits, duration: timeLeft(context, plan) },
    },
    by,
    { graph },
  );
  // Of two nodes that go on with the same start, one makes the run.
  return begun.ok || begun.rejection.code === 'run_exists' ? closed : begun;
}

/** ms until the deadline; null where there is none. */
const timeLeft = ({ clock }: Context, { goal: { deadline } }: StoredPlan): number | null =>
  deadline === null ? null : Math.max(0, deadline - clock.now());

/** People are asked first where they want to be, and where a model chose capabilities that nobody named. */
const isHeld = ({ goal, plannedBy, executionPlan }: StoredPlan): boolean =>
  goal.humanInLoop ||
  (plannedBy !== PLANNER &&
    (goal.requiredCapabilities.length === 0 ||
      executionPlan.some(({ requiredCapabilities }) =>
        requiredCapabilities.some((name) => !goal.requiredCapabilities.includes(name)),
      )));

async function close(
  context: Context,
  { plan, revision }: KeptPlan,
  caller: Passport,
): Promise<Outcome<KeptPlan>> {
  const unfit = inputProblem(plan);
  if (unfit) return unfit;
  const { id, digest } = plan;
  const next: StoredPlan = {
    ...plan,
    startedBy: caller.id,
    startedAt: context.clock.now(),
    run: `run_${context.newId()}`,
  };
  const change = { type: 'plan.started' as const, payload: { id, digest }, plan: next, revision };
  return keepPlan(context, change, asGranted(caller, 'runs.operate'));
}

const isSchema = (schema: Json | undefined): schema is JsonObject =>
  typeof schema === 'object' && schema !== null && !Array.isArray(schema);

/** An edited definition may ask for other input than the plan has. */
function inputProblem({ definition, goal }: StoredPlan): Refused | null {
  const { input: schema } = definition;
  const compiled = isSchema(schema) ? compileSchema(schema) : null;
  const problems = compiled?.ok ? compiled.check(goal.input) : [];
  if (problems.length === 0) return null;
  const list = problems.map(({ path, message }) => `${path || 'input'}: ${message}`).join('; ');
  return no('input_invalid', `The input of the plan is not what its definition asks for. ${list}`, {
    problems,
  });
}
