import type { Attribution } from '../engine/index.ts';
import { awaitsVoice } from '../policy/index.ts';
import { capabilitiesAt, type Delegation, type DelegationCommand, type Scope } from '../routing/index.ts';
import {
  delegationStatus,
  unknownDelegation,
  unknownParticipant,
  type DelegationRecord,
  type Limit,
  type Outcome,
  type RememberOf,
} from '../runtime/index.ts';
import { write, type Call, type Context, type Read } from './context.ts';
import { done, no } from './outcome.ts';
import { asSelfOr, decider, notYours, whom } from './participants.ts';
import { asSelf, canPassOn, grantOf } from './permissions.ts';
import { remembering } from './repetition.ts';
import { CATALOGUE, type OperationName, type OutputOf } from './schema/index.ts';
import type { DelegationView } from './schema/organisation-views.ts';
import { decidingAs, speakerOf, voiceOf } from './voices.ts';

/**
 * Who lets whom act for it, and who may say so.
 *
 * DELEGATE-1  The grantor, or an administrator, makes, changes and ends a delegation; the one it was given to may end it.
 * DELEGATE-2  Operations and capabilities that are named are such that the grantor may, and can do, now.
 * DELEGATE-3  Whom policies name decides on what is proposed, as itself: rights that hand out rights are not passed on.
 */
function delegationView(
  { runtime, clock }: Pick<Context, 'runtime' | 'clock'>,
  one: DelegationRecord,
): DelegationView {
  const { delegations } = runtime.organisation;
  const held = delegations.hold(one.id, one.to, clock.now());
  const chain = delegations.chain(one.id).map(({ id, from, to }) => ({ delegation: id, from, to }));
  return {
    id: one.id,
    from: one.from,
    to: one.to,
    under: one.under,
    scope: structuredClone(one.scope) as DelegationView['scope'],
    constraints: structuredClone(one.constraints) as DelegationView['constraints'],
    expiresAt: one.expiresAt,
    status: delegationStatus(one, clock.now()),
    proposal: proposalView(one),
    holds: held.ok,
    obstacle: held.ok ? null : held.rejection.message,
    chain,
    createdAt: one.createdAt,
  };
}

function proposalView({ proposal }: DelegationRecord): DelegationView['proposal'] {
  if (!proposal) return null;
  const { authors, ...rest } = proposal;
  const view = { ...rest, proposedBy: authors[0]?.id ?? '' };
  return structuredClone(view) as DelegationView['proposal'];
}

type DelegationWrite =
  | 'delegation.create'
  | 'delegation.narrow'
  | 'delegation.approve'
  | 'delegation.reject'
  | 'delegation.pause'
  | 'delegation.unpause'
  | 'delegation.revoke';

const onDelegation = <Name extends DelegationWrite>(
  name: Name,
  act: (
    context: Context,
    call: Call<Name>,
    keep: RememberOf<DelegationRecord>,
  ) => Promise<Outcome<DelegationRecord>>,
) =>
  write<Name, DelegationRecord>(name, {
    act: (context, call) => act(context, call, remembering(call.idempotency)),
    // Another node may have carried it out: what holds, and why not, is as new here as what was recorded.
    resume: async ({ runtime }, delegation) => {
      await runtime.organisation.follow();
      return delegation;
    },
    answer: (context, delegation) => delegationView(context, delegation) as OutputOf<Name>,
  });

type Bounds = { readonly [Name in keyof Scope]?: Scope[Name] | undefined };
const scopeOf = ({
  operations = null,
  capabilities = null,
  definitions = null,
  amount = null,
}: Bounds): Scope => ({
  operations,
  capabilities,
  definitions,
  amount,
});

export const createDelegation = onDelegation(
  'delegation.create',
  async (context, { input, caller }, keep) => {
    const [from, to] = [whom(input.from, caller), whom(input.to, caller)];
    const by = asSelfOr(from, caller, 'delegations.write');
    if (!by) return notYours(caller, 'administrators pass on the authority of others');
    const { under, constraints, expiresAt } = input;
    const id = `delegation_${context.newId()}`;
    const terms = {
      scope: scopeOf(input.scope),
      constraints: constraints as Delegation['constraints'],
      expiresAt,
    };
    const refused = unknownOperation(terms.scope);
    if (refused) return refused;
    const limit = limitOf(context);
    return context.runtime.organisation.delegations.create(
      { id, from, to, under, ...terms },
      limit,
      by,
      keep,
    );
  },
);

const unknownOperation = ({ operations }: Scope) => {
  const strange = operations?.find((name) => !Object.hasOwn(CATALOGUE, name));
  return strange === undefined ? null : no('request_invalid', `There is no operation ${strange}.`);
};

/** DELEGATE-2 */
const limitOf =
  ({ runtime: { organisation }, clock }: Context): Limit =>
  ({ scope }, from) => {
    const grantor = organisation.passport(from);
    if (!grantor) return unknownParticipant(from);
    const operation = scope.operations?.find(
      (name) => !canPassOn(grantor, CATALOGUE[name as OperationName].permission),
    );
    if (operation !== undefined)
      return no('delegation_wider', `${grantor.name} may not call ${operation}, or may not pass that on.`);
    const { capabilities } = organisation.directory;
    const held = new Set(capabilitiesAt(grantor, clock.now()).flatMap((name) => capabilities.closure(name)));
    const lacking = scope.capabilities?.find((name) => !held.has(name));
    return lacking === undefined ? null : no('delegation_wider', `${grantor.name} does not have ${lacking}.`);
  };

export const narrowDelegation = onDelegation(
  'delegation.narrow',
  async (context, { input, caller }, keep) => {
    const found = mine(context, input.id, caller, 'change');
    if (!found.ok) return found;
    const { scope, constraints, expiresAt } = input;
    const refused = unknownOperation(scopeOf(scope));
    if (refused) return refused;
    const terms = { scope: scopeOf(scope), constraints: constraints as Delegation['constraints'], expiresAt };
    return context.runtime.organisation.delegations.narrow(input.id, terms, found.value, keep);
  },
);

/**
 * On what asks for their word, in their own voice, or else in that of somebody away: the approvals that wait for it, or all that name
 * them where none does.
 */
function byApprover(context: Context, id: string, caller: Call<'delegation.get'>['caller']): Attribution {
  const { delegations, directory } = context.runtime.organisation;
  const speaker = speakerOf(context, caller);
  const approvals = delegations.get(id)?.proposal?.approvals ?? [];
  const named = approvals.flatMap((approval) => {
    const voice = speaker && voiceOf(directory, speaker, approval.from, () => false);
    return voice ? [{ approval, voice }] : [];
  });
  const waiting = named.filter(({ approval, voice }) => awaitsVoice(approval, [caller.id, voice.of.id]));
  const asking = waiting.length > 0 ? waiting : named;
  const { voice = null } = asking.find((one) => !one.voice.isAbsent) ?? asking[0] ?? {};
  const theirs = asking.filter(({ voice: { of } }) => of === voice?.of).map(({ approval }) => approval);
  return decidingAs(caller, voice, {
    from: theirs.flatMap(({ from }) => from),
    policies: theirs.flatMap(({ restsOn }) => restsOn),
  });
}

export const approveDelegation = onDelegation(
  'delegation.approve',
  async (context, { input: { id, digest, reason = null }, caller }, keep) =>
    context.runtime.organisation.delegationDecisions.approve(
      id,
      { digest, caller, reason },
      () => byApprover(context, id, caller),
      keep,
    ),
);

export const rejectDelegation = onDelegation(
  'delegation.reject',
  async (context, { input: { id, reason = null }, caller }, keep) =>
    context.runtime.organisation.delegationDecisions.reject(
      id,
      { caller, reason },
      () => byApprover(context, id, caller),
      keep,
    ),
);

const command = <Name extends 'delegation.pause' | 'delegation.unpause' | 'delegation.revoke'>(
  name: Name,
  what: Extract<DelegationCommand, 'pause' | 'unpause' | 'revoke'>,
) =>
  onDelegation<Name>(name, async (context, { input, caller }, keep) => {
    const { id, reason } = input as { id: string; reason?: string };
    const found = mine(context, id, caller, what === 'revoke' ? 'end' : 'change');
    if (!found.ok) return found;
    return context.runtime.organisation.delegations.command(id, what, reason ?? null, found.value, keep);
  });

export const pauseDelegation = command('delegation.pause', 'pause');
export const unpauseDelegation = command('delegation.unpause', 'unpause');
export const revokeDelegation = command('delegation.revoke', 'revoke');

/** On what the caller does it. Delegations that are none of its business are unknown to it. */
function mine(
  context: Context,
  id: string,
  caller: Call<'delegation.get'>['caller'],
  what: 'change' | 'end',
): Outcome<Attribution> {
  const delegation = context.runtime.organisation.delegations.get(id);
  const by = delegation && asSelfOr(delegation.from, caller, 'delegations.write');
  if (by) return done(by);
  if (delegation?.to === caller.id && what === 'end') return done(asSelf(caller));
  return delegation && maySee(delegation, caller)
    ? notYours(caller, `delegation ${id} is changed by ${delegation.from} or an administrator`)
    : unknownDelegation(id);
}

const maySee = ({ from, to }: Delegation, caller: Call<'delegation.get'>['caller']): boolean =>
  from === caller.id || to === caller.id || grantOf(caller, 'read') !== null;

export const getDelegation: Read<'delegation.get'> = async (context, { input: { id }, caller }) => {
  const delegation = context.runtime.organisation.delegations.get(id);
  return delegation && maySee(delegation, caller)
    ? done(delegationView(context, delegation))
    : unknownDelegation(id);
};

export const listDelegations: Read<'delegation.list'> = async (context, { input, caller }) => {
  const { organisation } = context.runtime;
  const { status, limit, cursor } = input;
  const named = (id: string | undefined) => (id === undefined ? undefined : whom(id, caller));
  const [of, from, to] = [input.of, input.from, input.to].map(named);
  const approver = input.awaits === undefined ? undefined : decider(context, input.awaits, caller);
  const within = of ?? from ?? to ?? (grantOf(caller, 'read') === null ? caller.id : undefined);
  const now = context.clock.now();
  const rows: DelegationView[] = [];
  for (const one of organisation.delegations.list(cursor, within)) {
    const wanted =
      maySee(one, caller) &&
      (status === undefined || delegationStatus(one, now) === status) &&
      (from === undefined || one.from === from) &&
      (to === undefined || one.to === to) &&
      (approver === undefined ||
        (approver !== null && organisation.delegationDecisions.awaits(one, approver, now)));
    if (!wanted) continue;
    if (rows.length === limit) return done({ rows, next: rows.at(-1)?.id ?? null });
    rows.push(delegationView(context, one));
  }
  return done({ rows, next: null });
};
