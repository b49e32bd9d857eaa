import { ineligible, type Passport } from '../routing/index.ts';
import type { TokenRecord } from '../runtime/index.ts';
import { write, type Context, type Read } from './context.ts';
import { pageOf, remember } from './definitions.ts';
import { done, no, type Refused } from './outcome.ts';
import { ADMINISTRATOR, asGranted, permissionsOf } from './permissions.ts';
import type { OutputOf } from './schema/index.ts';
import type { PassportView } from './schema/views.ts';

const passportView = (passport: Passport): PassportView => ({
  ...passport,
  roles: [...passport.roles],
  groups: [...passport.groups],
  capabilities: [...passport.capabilities],
});

const mayAct = ({ status }: Passport): boolean => status !== 'suspended' && status !== 'revoked';

/** A human answers for every agent and system, and for themselves. */
function ownerProblem({ runtime }: Context, { kind, owner }: Passport): Refused | null {
  if (kind === 'human')
    return owner === null
      ? null
      : no('owner_not_applicable', 'People answer for themselves: leave `owner` out.');
  const human = owner === null ? null : runtime.organisation.passport(owner);
  return human?.kind === 'human'
    ? null
    : no(
        'owner_required',
        `${kind === 'agent' ? 'An agent' : 'A system'} needs an owner: the id of a human who answers for it.`,
      );
}

export const register = write<'participant.register', PassportView>('participant.register', {
  async act(context, { input, caller, idempotency }) {
    const { id = `passport_${input.kind}_${context.newId()}`, ...given } = input;
    const passport: Passport = { ...given, id, status: 'available', createdAt: context.clock.now() };
    const refused = ownerProblem(context, passport);
    if (refused) return refused;
    const by = asGranted(caller, 'participants.write');
    const view = passportView(passport);
    return context.runtime.organisation.register(
      view,
      by,
      idempotency && remember(idempotency, view),
    ) as Promise<{ ok: true; value: PassportView } | Refused>;
  },
  answer: (_, passport) => passport,
});

export const updateParticipant = write<'participant.update', PassportView>('participant.update', {
  async act(context, { input: { id, ...changes }, caller, idempotency }) {
    const { organisation } = context.runtime;
    const known = organisation.passport(id);
    if (!known) return no('participant_unknown', `There is no participant ${id}.`);
    const next: Passport = { ...known, ...changes };
    const refused = ownerProblem(context, next) ?? lastAdministrator(context, known, next);
    if (refused) return refused;
    const by = asGranted(caller, 'participants.write');
    const outcome = await organisation.update(
      id,
      changes,
      by,
      idempotency && ((passport) => remember(idempotency, passportView(passport))),
    );
    return outcome.ok ? done(passportView(outcome.value)) : outcome;
  },
  answer: (_, passport) => passport,
});

const isAdministrator = (passport: Passport): boolean =>
  passport.kind === 'human' && mayAct(passport) && passport.roles.includes(ADMINISTRATOR);

/** Without one, nobody could ever change anything again. */
function lastAdministrator({ runtime }: Context, known: Passport, next: Passport): Refused | null {
  if (!isAdministrator(known) || isAdministrator(next)) return null;
  const others = runtime.organisation
    .passports()
    .filter((other) => other.id !== known.id && isAdministrator(other));
  return others.length > 0
    ? null
    : no('last_administrator', `${known.name} is the only administrator. Make somebody else one first.`);
}

export const listParticipants: Read<'participant.list'> = async ({ runtime }, { input }) => {
  const { kind, role, capability, limit, cursor } = input;
  const rows = runtime.organisation
    .passports()
    .filter((passport) => kind === undefined || passport.kind === kind)
    .filter(({ roles }) => role === undefined || roles.includes(role))
    .filter(({ capabilities }) => capability === undefined || capabilities.includes(capability))
    .filter(({ id }) => cursor === undefined || id > cursor)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const page = rows.slice(0, limit);
  const next = rows.length > limit ? (page.at(-1)?.id ?? null) : null;
  return done({ rows: page.map(passportView), next });
};

export const getParticipant: Read<'participant.get'> = async ({ runtime }, { input: { id } }) => {
  const passport = runtime.organisation.passport(id);
  return passport
    ? done(passportView(passport))
    : no('participant_unknown', `There is no participant ${id}.`);
};

export const whoAmI: Read<'participant.me'> = async (_, { caller }) =>
  done({ ...passportView(caller), permissions: permissionsOf(caller) });

export const listCapabilities: Read<'capability.list'> = async ({ runtime }) => {
  const counts = new Map<string, { participants: number; available: number }>();
  for (const passport of runtime.organisation.passports())
    for (const id of new Set(passport.capabilities)) {
      const known = counts.get(id) ?? { participants: 0, available: 0 };
      const free = ineligible(passport, ANYTHING) === null ? 1 : 0;
      counts.set(id, { participants: known.participants + 1, available: known.available + free });
    }
  const rows = [...counts].map(([id, numbers]) => ({ id, ...numbers }));
  return done({ rows: rows.toSorted((a, b) => (a.id < b.id ? -1 : 1)) });
};

const ANYTHING = { requires: [], by: null, from: [], excluded: [] };

// --- tokens -----------------------------------------------------------------------------------------------------------

export const issueToken = write<'token.issue', OutputOf<'token.issue'>>('token.issue', {
  unrecorded: true,
  async act({ runtime, newId, newSecret, clock }, { input: { passport, label }, caller, idempotency }) {
    const secret = `humanos_${newSecret()}`;
    const token: TokenRecord = {
      id: `token_${newId()}`,
      passport,
      label,
      createdAt: clock.now(),
      revokedAt: null,
    };
    const by = asGranted(caller, 'tokens.write');
    const kept = idempotency && remember(idempotency, { token, secret: null });
    const issued = await runtime.organisation.issueToken(secret, token, by, kept);
    return issued.ok ? done({ token: { ...issued.value }, secret }) : issued;
  },
  answer: (_, issued) => issued,
});

export const listTokens: Read<'token.list'> = async ({ runtime }, { input }) => {
  const { rows, next } = await runtime.organisation.tokens(pageOf(input));
  return done({ rows: rows.map((token) => ({ ...token })), next });
};

export const revokeToken = write<'token.revoke', OutputOf<'token.revoke'>>('token.revoke', {
  async act({ runtime }, { input: { id }, caller, idempotency }) {
    const by = asGranted(caller, 'tokens.write');
    const outcome = await runtime.organisation.revokeToken(
      id,
      by,
      idempotency && ((token) => remember(idempotency, token)),
    );
    return outcome.ok ? done({ ...outcome.value }) : outcome;
  },
  answer: (_, token) => token,
});
