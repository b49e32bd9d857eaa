import { SAFETIES, type Json, type JsonObject } from '../definition/index.ts';
import { taskOfRequest } from '../engine/index.ts';
import {
  claimOf,
  narrowTools,
  separatedBy,
  type Claim,
  type Delegation,
  type FullPassport,
  type Passport,
} from '../routing/index.ts';
import {
  chainOf,
  partiesOf,
  uncovered,
  unknownParticipant,
  type Acting,
  type Chain,
  type Deed,
  type Outcome,
} from '../runtime/index.ts';
import type { TaskRow } from '../store/index.ts';
import type { Context } from './context.ts';
import { done, no, type Refused } from './outcome.ts';
import { CATALOGUE, type OperationName } from './schema/index.ts';
import { notEligible } from './tasks/access.ts';

/** Somebody who has been let act, and by which delegations. */
export interface Admitted {
  readonly caller: Acting;
  readonly delegations: readonly Delegation[];
}

/**
 * Acting under a delegation.
 *
 * ACT-1  What is one's own affair (keys, claims, delegations, being away) is not done for somebody else; and whoever waits for the next
 *        task waits as itself.
 * ACT-2  Each delegation of the chain covers what is done, by what is known of the run or task that it is about; what is not known is
 *        not covered.
 * ACT-3  Whoever a task excludes, or work has to be separate from, has no part in it through somebody else either. On an approval that is
 *        looked at when it is decided. What those administer whom it has to be separate from, they do through others as well.
 * ACT-4  What follows from it at once is covered as well: what is begun with what was completed, runs that are removed together, and
 *        what forcing a task removes or sends back.
 */
export function actingUnder(context: Context, id: string, caller: Passport): Outcome<Admitted> {
  const { organisation } = context.runtime;
  const actor = organisation.passport(caller.id);
  if (!actor) return unknownParticipant(caller.id);
  const held = organisation.delegations.hold(id, caller.id, context.clock.now());
  if (!held.ok) return held;
  const { chain, delegations } = held.value;
  const claims = narrowClaims(chain.grantor, delegations, closureOf(context));
  return done({ caller: actingAs(actor, chain, claims), delegations });
}

/** ACT-1. Before its input is looked at. */
export function ownAffair(name: OperationName): Refused | null {
  const { permission, mutates } = CATALOGUE[name];
  if (name === 'task.claim_next')
    return no(
      'delegation_scope',
      'Who waits for the next task waits as itself; under a delegation take one by its id.',
    );
  return permission === 'self' && mutates
    ? no('delegation_scope', `${name} is one's own affair, and not done under a delegation.`)
    : null;
}

/** What is about many tasks is looked at for each of them, as the operation on one. */
export const isOfMany = (name: OperationName): boolean =>
  name === 'task.decide_batch' || name === 'task.batch';

/** One of many, by the delegation that its caller acts under. */
export async function oversteppedInOne(
  context: Context,
  caller: Passport,
  name: OperationName,
  input: unknown,
): Promise<Refused | null> {
  const last = chainOf(caller)?.links.at(-1);
  if (!last) return null;
  const { delegations } = context.runtime.organisation;
  const held = delegations.hold(last.delegation, caller.id, context.clock.now());
  if (!held.ok) return held;
  const admitted = { caller: caller as Acting, delegations: held.value.delegations };
  return overstepped(context, admitted, name, input);
}

/** ACT-2, ACT-3 */
export async function overstepped(
  context: Context,
  { caller, delegations }: Admitted,
  name: OperationName,
  input: unknown,
): Promise<Refused | null> {
  const task = await taskOf(context, name, input as JsonObject);
  const deed = await deedOf(context, name, input as JsonObject, task);
  const closure = closureOf(context);
  for (const one of delegations) {
    const why = uncovered(one, deed, closure);
    if (why !== null)
      return no('delegation_scope', `Delegation ${one.id} does not cover it: ${why}.`, {
        delegation: one.id,
      });
  }
  return task && deed.mutates ? barredParty(context, name, task, caller) : null;
}

/** ACT-3 */
function barredParty(
  { runtime }: Context,
  name: OperationName,
  task: TaskRow,
  caller: Acting,
): Refused | null {
  const parties = [...partiesOf(caller.under)];
  const excluded = parties.find((one) => task.excluded.includes(one));
  if (excluded)
    return no(
      'participant_excluded',
      `${excluded}, for whom it would be done, is excluded from task ${task.id}.`,
    );
  if (task.kind === 'approval' || !isItsWork(name)) return null;
  const separate = separatedBy(runtime.organisation.directory, task.separate);
  const apart = parties.find((one) => separate.has(one));
  if (!apart) return null;
  const message = `${apart}, for whom it would be done, took part in what it has to be separate from`;
  return notEligible(task, caller, { code: 'separation', message });
}

/** What is not done by others, who administer the task, and may take part in nothing of it. */
const isItsWork = (name: OperationName): boolean => name.startsWith('tool.') || ITS_WORK.has(name);
const ITS_WORK: ReadonlySet<OperationName> = new Set([
  'task.claim',
  'task.start',
  'task.heartbeat',
  'task.progress',
  'task.draft',
  'task.request_help',
  'task.help',
  'task.complete',
  'task.predo',
]);

const closureOf =
  ({ runtime }: Context) =>
  (capability: string): readonly string[] =>
    runtime.organisation.directory.capabilities.closure(capability);

/** Itself, with what the grantor is and can do: what it may is looked up in the chain. */
const actingAs = (actor: FullPassport, under: Chain, claims: readonly Claim[]): Acting => {
  const { roles, groups, posts, tools, safety } = under.grantor;
  return {
    ...actor,
    roles,
    groups,
    posts,
    claims,
    capabilities: claims.map(({ capability }) => capability),
    tools: narrowTools(actor.tools, tools),
    safety: SAFETIES.indexOf(safety) < SAFETIES.indexOf(actor.safety) ? safety : actor.safety,
    under,
  };
};

/** The grantor's claims that count, as far as all delegations cover what they are on. */
function narrowClaims(
  grantor: FullPassport,
  delegations: readonly Delegation[],
  closure: (capability: string) => readonly string[],
): Claim[] {
  const scopes = delegations.flatMap(({ scope }) =>
    scope.capabilities ? [new Set(scope.capabilities.flatMap(closure))] : [],
  );
  const held = grantor.claims.filter(({ standing }) => standing === 'granted' || standing === 'verified');
  if (scopes.length === 0) return held;
  const narrow = new Map<string, Claim>();
  for (const claim of held)
    for (const capability of closure(claim.capability))
      if (
        scopes.every((scope) => scope.has(capability)) &&
        (narrow.get(capability)?.level ?? -1) < claim.level
      )
        narrow.set(capability, claimOf({ ...claim, capability }));
  return [...narrow.values()];
}

// --- what it is about ------------------------------------------------------------------------------------------------

const idOf = (input: JsonObject): string | null => (typeof input['id'] === 'string' ? input['id'] : null);

async function taskOf({ runtime }: Context, name: OperationName, input: JsonObject): Promise<TaskRow | null> {
  const given = /^(?:task|tool)\./.test(name) ? idOf(input) : null;
  const id = given !== null && isOfRequest(name) ? taskOfRequest(given) : given;
  return id === null ? null : runtime.store.task(id);
}

/** Whether the id is that of a request for a tool, and not of a task. */
const isOfRequest = (name: OperationName): boolean => name.startsWith('tool.') && name !== 'tool.request';

async function deedOf(
  context: Context,
  operation: OperationName,
  input: JsonObject,
  task: TaskRow | null,
): Promise<Deed> {
  const { mutates } = CATALOGUE[operation];
  const about = task ? await aboutTask(context, task) : await aboutRun(context, operation, input);
  const { definition, requires = [], facts } = about;
  const known = { ...objectOf(facts), ...about.more, operation, ...(definition !== null && { definition }) };
  return { operation, mutates, requires, definition, facts: known };
}

interface About {
  readonly definition: string | null;
  readonly requires?: readonly string[];
  /** The input of the task or run. */
  readonly facts: Json;
  readonly more?: JsonObject;
}

async function aboutTask({ runtime }: Context, task: TaskRow): Promise<About> {
  const run = await runtime.store.run(task.run);
  const { requires, input: facts, step, kind, priority } = task;
  return { definition: run?.definition ?? null, requires, facts, more: { step, kind, priority } };
}

/** The run that an operation names, or the definition that it starts, reads or writes. Of many runs nothing else is known (ACT-4). */
async function aboutRun({ runtime }: Context, operation: OperationName, input: JsonObject): Promise<About> {
  if (operation === 'workflow.start')
    return { definition: textOf(input['definition']), facts: input['input'] ?? null };
  if (operation === 'workflow.get_definition') return { definition: idOf(input), facts: null };
  if (operation === 'workflow.list_runs') return { definition: textOf(input['definition']), facts: null };
  const named =
    operation === 'task.list'
      ? textOf(input['run'])
      : /^(?:workflow|run)\./.test(operation)
        ? idOf(input)
        : null;
  const run = named === null ? null : await runtime.runs.state(named);
  const isOne = input['runs'] !== 'all';
  return { definition: run?.state.definition.id ?? null, facts: isOne ? (run?.state.input ?? null) : null };
}

const textOf = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);
const objectOf = (value: Json): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
