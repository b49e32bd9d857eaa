import {
  ENGINE_ACTOR,
  type Attribution,
  type Authority,
  type DefinitionRef,
  type Task,
} from '../engine/index.ts';
import { policyNamed } from '../policy/index.ts';
import { accountableFor, type Passport } from '../routing/index.ts';
import { chainOf, type Chain } from './acting.ts';
import { attributed } from './admission.ts';

/** Promise 2: who acts, which human answers for it, and on what authority. */
export const attribute = (passport: Passport, authority: Authority): Attribution => {
  const chain = chainOf(passport);
  const attribution = chain
    ? { actor: passport.id, onBehalfOf: chain.accountable, authority: delegated(chain) }
    : { actor: passport.id, onBehalfOf: accountableFor(passport), authority };
  return attributed(attribution, passport);
};

/** Whatever role or definition the grantor would have acted on: it is the delegation that lets somebody else do it. */
const delegated = ({ links, revision }: Chain): Authority => ({
  kind: 'delegation',
  id: links.at(-1)?.delegation ?? '',
  version: String(revision),
  chain: links,
});

/** An act that a role of the passport allows. `role` is the one that grants the permission. */
export const byRole = (passport: Passport, role: string): Attribution =>
  attribute(passport, { kind: 'role', id: role });

/** The same act in the name of somebody who is away. */
export const inPlaceOf = (absent: string, by: Attribution, passport: Passport): Attribution =>
  attributed({ ...by, onBehalfOf: absent }, passport);

const ROLE = 'role:';

type Definition = Pick<DefinitionRef, 'id' | 'version'>;

/** Work on a task: on the role by which the task names the participant, else on the definition that asks for the work. */
export const byTask = (
  passport: Passport,
  { from }: Pick<Task, 'from'>,
  definition: Definition,
): Attribution => attribute(passport, roleIn(from, passport) ?? onDefinition(definition));

/** What a decision is asked for by: policies as `refunds@3`, or else the definition. */
export interface Asks {
  readonly from: readonly string[];
  readonly policies: readonly string[];
  /** Left out where policies alone ask, as outside of runs. */
  readonly definition?: Definition;
}

/** A decision in somebody's voice: on the role by which they are named, else on what asks for it, else as one of its kind. */
export const byVoice = (
  passport: Passport,
  of: Pick<Passport, 'roles'>,
  { from, policies: [policy], definition }: Asks,
): Attribution =>
  attribute(
    passport,
    roleIn(from, of) ?? onAsking(policy, definition) ?? { kind: 'role', id: passport.kind },
  );

const onAsking = (policy: string | undefined, definition: Definition | undefined): Authority | undefined =>
  policy ? onPolicy(policy) : definition && onDefinition(definition);

const roleIn = (from: readonly string[], { roles }: Pick<Passport, 'roles'>): Authority | null => {
  const named = from.find((party) => party.startsWith(ROLE) && roles.includes(party.slice(ROLE.length)));
  return named === undefined ? null : { kind: 'role', id: named.slice(ROLE.length) };
};

const onDefinition = ({ id, version }: Definition): Authority => ({
  kind: 'definition',
  id,
  version: String(version),
});

const onPolicy = (name: string): Authority => ({ kind: 'policy', ...policyNamed(name) });

/** What the system does by its own rules (timers, leases, deliveries). */
export const bySystem = (rule: string): Attribution => ({
  actor: ENGINE_ACTOR,
  onBehalfOf: null,
  authority: { kind: 'system', id: rule },
});
