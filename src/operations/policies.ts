import type { JsonObject } from '../definition/index.ts';
import type { Attribution } from '../engine/index.ts';
import {
  askingAbout,
  byVoice,
  type Asks,
  type Decision,
  type PolicyChange,
  type Proposed,
} from '../runtime/index.ts';
import type { Passport } from '../routing/index.ts';
import type { Person } from '../policy/index.ts';
import type { Outcome, RememberOf } from '../runtime/index.ts';
import { write, type Call, type Context, type Read } from './context.ts';
import { done, no, type Refused } from './outcome.ts';
import { asGranted, grantOf } from './permissions.ts';
import { decider } from './participants.ts';
import { isOnlyHuman, personOf } from './persons.ts';
import { remembering } from './repetition.ts';
import type { Permission } from './schema/index.ts';
import type { ChangeView } from './schema/policies.ts';
import { isParty, presently } from './voices.ts';

/**
 * Policies as the organisation keeps them.
 *
 * POLICY-1  A change holds when another person has approved exactly that change; while an organisation has one human, that one adopts
 *           its profile alone.
 * POLICY-2  Who decides on a standing grant is who would decide on the calls that it stands in for.
 */
const changeView = (change: PolicyChange): ChangeView => {
  const { documentDigest: _, authors, covers, ...rest } = change;
  return { ...rest, covers: [...covers], author: authors[0]?.id ?? null };
};

export const listPolicies: Read<'policy.list'> = async (context, { input, caller }) => {
  const { runtime } = context;
  const approver = input.awaits === undefined ? undefined : decider(context, input.awaits, caller);
  const { policies } = runtime.organisation;
  const holds = policies.inForce();
  if (!holds) return no('policies_unreadable', 'The policies cannot be read, so that nothing begins.');
  const active = policies.active.map(changeView);
  return done({
    set: { number: holds.number, digest: holds.set.digest },
    autonomy: holds.profile.autonomy,
    profile: active.find(({ what }) => what === 'save_profile') ?? null,
    policies: active
      .filter(({ what }) => what === 'save_policy')
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    proposed: policies
      .history()
      .filter(
        (change) =>
          change.status === 'proposed' && (approver === undefined || awaits(context, change, approver)),
      )
      .map(changeView),
  });
};

export const getPolicy: Read<'policy.get'> = async ({ runtime }, { input: { id, version } }) => {
  const found = runtime.organisation.policies
    .history(id)
    .findLast(
      (change) =>
        (change.what === 'save_policy' || change.what === 'save_profile') &&
        (version === undefined ? change.status === 'active' : change.version === version),
    );
  return found ? done(changeView(found)) : no('policy_unknown', `There is no policy ${id} in force.`);
};

export const policyHistory: Read<'policy.history'> = async ({ runtime }, { input: { name } }) =>
  done({ changes: runtime.organisation.policies.history(name).map(changeView) });

type ChangeOperation =
  | 'policy.propose'
  | 'policy.approve'
  | 'policy.reject'
  | 'policy.withdraw'
  | 'grant.propose';
interface Changed {
  readonly change: ChangeView;
}

const onChange = <Name extends ChangeOperation>(
  name: Name,
  act: (context: Context, call: Call<Name>, keep: RememberOf<PolicyChange>) => Promise<Outcome<PolicyChange>>,
) =>
  write<Name, Changed>(name, {
    async act(context, call) {
      const changed = await act(context, call, remembering(call.idempotency, changedTo));
      return changed.ok ? done(changedTo(changed.value)) : changed;
    },
    answer: (_, changed) => changed as never,
  });

/** What is answered, and recorded. */
const changedTo = (change: PolicyChange): Changed => ({ change: changeView(change) });

const nameIn = (document: JsonObject): string => (typeof document['id'] === 'string' ? document['id'] : '');

type What = Pick<Proposed, 'what' | 'name' | 'document'>;
const whatOf = ({ policy, retire, profile }: Call<'policy.propose'>['input']): What => {
  if (policy) return { what: 'save_policy', name: nameIn(policy), document: policy };
  if (profile) return { what: 'save_profile', name: 'profile', document: profile };
  return { what: 'retire_policy', name: retire ?? '', document: null };
};

const propose = (
  context: Context,
  what: What & Pick<Proposed, 'covers'>,
  { caller, reason }: { readonly caller: Passport; readonly reason: string | undefined },
  keep: RememberOf<PolicyChange>,
) => {
  const id = `change_${context.newId()}`;
  const proposed = { ...what, id, author: personOf(caller), reason: reason ?? null };
  return context.runtime.organisation.policies.propose(proposed, asGranted(caller, 'policies.write'), keep);
};

export const proposePolicy = onChange('policy.propose', (context, { input, caller }, keep) =>
  propose(context, { ...whatOf(input), covers: [] }, { caller, reason: input.reason }, keep),
);

export const proposeGrant = onChange('grant.propose', (context, { input, caller }, keep) => {
  const { grant, covers, reason } = input;
  const what = { what: 'standing_grant', name: nameIn(grant), document: grant, covers } as const;
  return propose(context, what, { caller, reason }, keep);
});

export const approvePolicy = onChange('policy.approve', async (context, { input, caller }, keep) => {
  const { policies } = context.runtime.organisation;
  const { id, reason, applyTo, digest } = input;
  const change = policies.change(id);
  if (!change) return no('policy_change_unknown', `There is no change ${id}.`);
  const decision = { ...decisionOf(context, change, caller), digest, reason: reason ?? null, applyTo };
  const by = () => byDecider(context, change, caller, decidedWith(change));
  return policies.approve(id, decision, by, keep);
});

/** On what asks them about the calls that it would stand in for, else on what lets them decide. */
function byDecider(
  context: Context,
  change: PolicyChange | null,
  caller: Passport,
  permission: Permission,
): Attribution {
  const now = presently(context, caller);
  const asks = asksOf(context, change, caller);
  return asks.policies.length > 0 ? byVoice(now, now, asks) : asGranted(now, permission);
}

const asksOf = (context: Context, change: PolicyChange | null, caller: Passport): Asks =>
  askingAbout(change?.covers ?? [], context.runtime.organisation.policies.inForce(), (parties) =>
    isParty(context, parties, caller),
  );

const decidedWith = ({ what }: PolicyChange): Permission =>
  what === 'standing_grant' ? 'tasks.decide' : 'policies.approve';

/** VOICE-3 */
const forbidden = (context: Context, caller: Passport, permission: Permission): Refused | null =>
  grantOf(presently(context, caller), permission) === null
    ? no('forbidden', `${caller.name} may not decide on policies.`, { permission })
    : null;

/** To approve the change as it is. */
function decisionOf(context: Context, change: PolicyChange, caller: Passport): Decision {
  const { what, digest, document } = change;
  return {
    approver: personOf(caller),
    digest,
    reason: null,
    applyTo: 'new',
    refused: () => forbidden(context, caller, decidedWith(change)),
    alone: what === 'save_profile' && isOnlyHuman(context, caller),
    callers: what === 'standing_grant' ? callersIn(context, document) : [],
    isNamed: (parties) => isParty(context, parties, caller),
  };
}

/** Nobody answers for whoever is not there yet. */
function callersIn({ runtime }: Context, document: JsonObject | null): readonly Person[] {
  const agents = Array.isArray(document?.['agents']) ? document['agents'] : [];
  return agents.map(String).map((id) => {
    const passport = runtime.organisation.passport(id);
    return passport ? personOf(passport) : { id, kind: 'agent', accountable: null, actsFor: [] };
  });
}

/** Whether an approval of this person would count now. */
const awaits = (context: Context, change: PolicyChange, approver: Passport | null): boolean =>
  approver !== null &&
  context.runtime.organisation.policies.awaits(change, decisionOf(context, change, approver));

const close = (
  context: Context,
  {
    command,
    by,
    refused = () => null,
  }: {
    readonly command: 'reject' | 'withdraw';
    readonly by: () => Attribution;
    readonly refused?: Decision['refused'];
  },
  { input, caller }: Call<'policy.reject' | 'policy.withdraw'>,
  keep: RememberOf<PolicyChange>,
) => {
  const told = { participant: caller.id, reason: input.reason ?? null, refused };
  return context.runtime.organisation.policies.close(input.id, command, told, by, keep);
};

export const rejectPolicy = onChange('policy.reject', async (context, call, keep) => {
  const { caller, input } = call;
  if (caller.kind !== 'human')
    return no('human_required', 'A change of what binds everybody is decided by a person.');
  const { policies } = context.runtime.organisation;
  const permission = () => rejectedWith(context, policies.change(input.id), presently(context, caller));
  const refused = () => forbidden(context, caller, permission());
  const by = () => byDecider(context, policies.change(input.id), caller, permission());
  return close(context, { command: 'reject', by, refused }, call, keep);
});

/** POLICY-2: who answers for policies rejects any change; who is asked about the calls, what would stand in for them. */
function rejectedWith(context: Context, change: PolicyChange | null, caller: Passport): Permission {
  const isAsked = change !== null && asksOf(context, change, caller).policies.length > 0;
  return isAsked && grantOf(caller, 'policies.approve') === null ? decidedWith(change) : 'policies.approve';
}

export const withdrawPolicy = onChange('policy.withdraw', async (context, call, keep) => {
  const change = context.runtime.organisation.policies.change(call.input.id);
  if (change && change.authors.every(({ id }) => id !== call.caller.id))
    return no('forbidden', 'A change is taken back by whoever proposed it; others reject it.');
  const by = () => asGranted(presently(context, call.caller), 'policies.write');
  return close(context, { command: 'withdraw', by }, call, keep);
});
