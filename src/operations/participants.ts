import { capabilitiesAt, claimOf, type FullPassport, type Passport } from '../routing/index.ts';
import { hoursProblem } from '../routing/hours.ts';
import {
  mayAct,
  PRESENT_MS,
  unknownParticipant,
  type ClaimTerms,
  type Registered,
} from '../runtime/index.ts';
import type { Attribution } from '../engine/index.ts';
import type { Outcome, RememberOf } from '../runtime/index.ts';
import { holdsNow } from './capabilities.ts';
import { plainWrite, write, type Call, type Context, type Read, type Write } from './context.ts';
import { done, no, type Refused } from './outcome.ts';
import { asGranted, asSelf, grantOf, permissionsOf } from './permissions.ts';
import { remembering } from './repetition.ts';
import type { OutputOf } from './schema/index.ts';
import type { PassportView } from './schema/organisation-views.ts';

export function passportView(
  { runtime, clock }: Pick<Context, 'runtime' | 'clock'>,
  passport: Registered,
): PassportView {
  const { presence } = runtime.organisation;
  const { workingHours, costRate, tools } = passport;
  const now = runtime.organisation.passport(passport.id);
  return {
    id: passport.id,
    kind: passport.kind,
    name: passport.name,
    owner: passport.owner,
    roles: [...passport.roles],
    groups: [...passport.groups],
    posts: [...passport.posts],
    manager: passport.manager,
    capabilities: [...capabilitiesAt(passport, clock.now())],
    claims: passport.claims.map(claimView),
    tools: tools && [...tools],
    safety: passport.safety,
    status: passport.status,
    mayAct: mayAct(passport) && (now === null || mayAct(now)),
    substitute: passport.substitute,
    awayUntil: passport.awayUntil,
    capacity: passport.capacity,
    workingHours: workingHours && (structuredClone(workingHours) as PassportView['workingHours']),
    costRate: costRate && { ...costRate },
    publicKey: passport.publicKey,
    keyProvedAt: passport.keyProvedAt,
    present: presence.isPresent(passport.id),
    lastSeenAt: presence.lastSeenAt(passport.id),
    createdAt: passport.createdAt,
  };
}

const claimView = (claim: Registered['claims'][number]): PassportView['claims'][number] => ({
  ...claim,
  evidence: [...claim.evidence],
  constraints: claim.constraints.map((bound) => ({
    ...bound,
  })) as PassportView['claims'][number]['constraints'],
});

/** `me` is the caller. */
export const whom = (id: string, caller: Passport): string => (id === 'me' ? caller.id : id);

/** Somebody who may decide on something now: a person, with the rights that the caller acts with where it is the caller. */
export function decider({ runtime }: Context, id: string, caller: Passport): Passport | null {
  const of = whom(id, caller);
  const passport = runtime.organisation.passport(of);
  if (passport?.kind !== 'human' || !mayAct(passport)) return null;
  return of === caller.id ? caller : passport;
}

/** On the authority of being oneself, or of the permission to do it for others; null when it is neither. */
export const asSelfOr = (
  id: string,
  caller: Passport,
  permission: 'participants.write' | 'delegations.write',
): Attribution | null =>
  id === caller.id
    ? asSelf(caller)
    : grantOf(caller, permission) === null
      ? null
      : asGranted(caller, permission);

export const notYours = (caller: Passport, what: string): Refused =>
  no('forbidden', `${caller.name} may do this for itself alone: ${what}.`);

/** What is written of a participant is what is recorded; its view is made of that. */
export type ParticipantWrite =
  | 'participant.register'
  | 'participant.update'
  | 'participant.suspend'
  | 'participant.unsuspend'
  | 'participant.revoke'
  | 'participant.set_availability'
  | 'participant.register_key'
  | 'participant.prove'
  | 'claim.declare'
  | 'claim.grant'
  | 'claim.verify'
  | 'claim.revoke';

export const onParticipant = <Name extends ParticipantWrite>(
  name: Name,
  act: (context: Context, call: Call<Name>, keep: RememberOf<Registered>) => Promise<Outcome<Registered>>,
): Write<Name, Registered> =>
  write<Name, Registered>(name, {
    act: (context, call) => act(context, call, remembering(call.idempotency)),
    answer: (context, passport) => passportView(context, passport) as OutputOf<Name>,
  });

// --- registering and changing ---------------------------------------------------------------------------------------

type Terms = { readonly [Name in keyof ClaimTerms]?: ClaimTerms[Name] | undefined };

/** Without the members that were left out. */
export const termsOf = ({ level, evidence, constraints, expiresAt }: Terms): ClaimTerms => ({
  ...(level !== undefined && { level }),
  ...(evidence && { evidence }),
  ...(constraints && { constraints }),
  ...(expiresAt !== undefined && { expiresAt }),
});

const unfitHours = (hours: FullPassport['workingHours'] | undefined): Refused | null => {
  const problem = hours ? hoursProblem(hours) : null;
  return problem === null
    ? null
    : no('request_invalid', problem, { problems: [{ path: 'workingHours', message: problem }] });
};

/** People keep several things on their desk. */
const USUAL_CAPACITY: Readonly<Record<Passport['kind'], number>> = { human: 20, agent: 1, system: 1 };

export const register = onParticipant('participant.register', async (context, { input, caller }, keep) => {
  const { id = `passport_${input.kind}_${context.newId()}`, claims: given, ...rest } = input;
  const refused = unfitHours(rest.workingHours);
  if (refused) return refused;
  const named = new Set(given.map(({ capability }) => capability));
  const claims = [
    ...given.map(({ capability, ...terms }) => claimOf({ capability, ...termsOf(terms as Terms) })),
    ...[...new Set(rest.capabilities)]
      .filter((name) => !named.has(name))
      .map((capability) => claimOf({ capability })),
  ];
  if (named.size < given.length) return no('request_invalid', 'A participant has one claim on a capability.');
  const capacity = rest.capacity ?? USUAL_CAPACITY[input.kind];
  const now = context.clock.now();
  const passport = { ...rest, capacity, id, claims, status: 'available', createdAt: now } as Passport;
  return context.runtime.organisation.register(passport, asGranted(caller, 'participants.write'), keep);
});

export const updateParticipant = onParticipant(
  'participant.update',
  async (context, { input, caller }, keep) => {
    const { id, ...changes } = input;
    const refused = unfitHours(changes.workingHours);
    if (refused) return refused;
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    const by = asGranted(caller, 'participants.write');
    return context.runtime.organisation.participants.update(whom(id, caller), given, by, keep);
  },
);

const setStatus = <Name extends 'participant.suspend' | 'participant.unsuspend' | 'participant.revoke'>(
  name: Name,
  status: 'available' | 'suspended' | 'revoked',
) =>
  onParticipant<Name>(name, ({ runtime }, { input, caller }, keep) => {
    const { id, reason } = input as { id: string; reason?: string };
    const by = asGranted(caller, 'participants.write');
    return runtime.organisation.participants.setStatus(whom(id, caller), status, reason ?? null, by, keep);
  });

export const suspendParticipant = setStatus('participant.suspend', 'suspended');
export const unsuspendParticipant = setStatus('participant.unsuspend', 'available');
export const revokeParticipant = setStatus('participant.revoke', 'revoked');

export const setAvailability = onParticipant(
  'participant.set_availability',
  async ({ runtime }, { input, caller }, keep) => {
    const { id, ...availability } = input;
    const by = asSelfOr(whom(id, caller), caller, 'participants.write');
    if (!by) return notYours(caller, 'administrators say when others are away');
    return runtime.organisation.participants.setAvailability(whom(id, caller), availability, by, keep);
  },
);

// --- reading --------------------------------------------------------------------------------------------------------

export const listParticipants: Read<'participant.list'> = async (context, { input, caller }) => {
  const { organisation } = context.runtime;
  const { kind, role, group, post, capability, status, limit, cursor } = input;
  const now = context.clock.now();
  const owner = input.owner === undefined ? undefined : whom(input.owner, caller);
  const manager = input.manager === undefined ? undefined : whom(input.manager, caller);
  const holders = capability === undefined ? undefined : organisation.capabilities.holders(capability);
  const names = new Set(
    capability === undefined ? [] : organisation.directory.capabilities.impliers(capability),
  );
  const wanted = (one: Registered): boolean =>
    (kind === undefined || one.kind === kind) &&
    (status === undefined || one.status === status) &&
    (owner === undefined || one.owner === owner) &&
    (manager === undefined || one.manager === manager) &&
    (role === undefined || one.roles.includes(role)) &&
    (group === undefined || one.groups.includes(group)) &&
    (post === undefined || one.posts.includes(post)) &&
    (capability === undefined || holdsNow(one, names, now));
  const page = { after: cursor, most: limit + 1, owner, among: holders };
  const found = organisation.participants.select(page, wanted);
  const rows = found.slice(0, limit).map((one) => passportView(context, one));
  return done({ rows, next: found.length > limit ? (rows.at(-1)?.id ?? null) : null });
};

export const getParticipant: Read<'participant.get'> = async (context, { input: { id }, caller }) => {
  const passport = context.runtime.organisation.participants.get(whom(id, caller));
  return passport ? done(passportView(context, passport)) : unknownParticipant(id);
};

export const whoAmI: Read<'participant.me'> = async (context, { caller }) => {
  const passport = context.runtime.organisation.participants.get(caller.id);
  return passport
    ? done({ ...passportView(context, passport), permissions: permissionsOf(caller) })
    : unknownParticipant(caller.id);
};

/** What is kept of it is in memory, and comes again with the next one. */
export const heartbeat = plainWrite('participant.heartbeat', {
  unrecorded: true,
  act: async ({ runtime, clock }, { caller }) => {
    runtime.organisation.presence.seen(caller.id);
    return done({ present: true, until: clock.now() + PRESENT_MS });
  },
});
