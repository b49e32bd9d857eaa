import { ADMINISTRATOR, byRole, chainOf, type Chain } from '../runtime/index.ts';
import type { Attribution } from '../engine/index.ts';
import type { Passport } from '../routing/index.ts';
import { PERMISSIONS, type Permission } from './schema/index.ts';

/**
 * Who may ask for what. A token acts as its passport, and a passport may what its kind and its roles allow.
 *
 * PERM-1  What is not in these tables is not allowed.
 * PERM-2  A role that hands out rights counts for people only: no agent can make itself, or another, more than it is.
 * PERM-3  Under a delegation a participant may what the first grantor may, and what that one's kind or roles allow is passed on only as
 *         `PASSED_ON` says: rights that hand out rights never are, and an agent or system anywhere in the chain gets nothing that
 *         takes a person, or that the grantor has by a role for people only.
 */
const OF_KIND: Readonly<Record<Passport['kind'], readonly Permission[]>> = {
  human: ['self', 'read', 'tasks.work', 'tasks.decide', 'artifacts.read', 'artifacts.write'],
  agent: ['self', 'tasks.work', 'artifacts.read', 'artifacts.write'],
  system: ['self', 'tasks.work', 'artifacts.read', 'artifacts.write'],
};

interface Role {
  readonly permissions: readonly Permission[];
  readonly people?: true;
}
const OF_ROLE: Readonly<Record<string, Role>> = {
  [ADMINISTRATOR]: { permissions: PERMISSIONS, people: true },
  operator: {
    permissions: [
      'read',
      'definitions.write',
      'runs.operate',
      'runs.approve',
      'capabilities.write',
      'channels.operate',
      'organisation.stop',
    ],
  },
  /** Answers for what binds everybody. */
  compliance: {
    permissions: ['read', 'policies.write', 'policies.approve', 'organisation.stop', 'ledger.read'],
    people: true,
  },
  /** Says what others can do. */
  steward: { permissions: ['read', 'claims.write', 'capabilities.write'], people: true },
  auditor: { permissions: ['read', 'ledger.read'] },
};

const PASSED_ON: Readonly<Record<Permission, 'all' | 'people' | 'nobody'>> = {
  read: 'all',
  'definitions.write': 'all',
  'runs.operate': 'all',
  'runs.approve': 'people',
  'tasks.work': 'all',
  'tasks.decide': 'people',
  'participants.write': 'nobody',
  'claims.write': 'nobody',
  'capabilities.write': 'all',
  'delegations.write': 'nobody',
  'tokens.write': 'nobody',
  'policies.write': 'people',
  'policies.approve': 'nobody',
  'organisation.stop': 'people',
  'channels.operate': 'people',
  'ledger.read': 'all',
  'artifacts.read': 'all',
  'artifacts.write': 'all',
  self: 'all',
};

/** The role, or else the kind, by which the participant has the permission; null when it has not. */
export function grantOf(passport: Passport, permission: Permission): string | null {
  const chain = chainOf(passport);
  return chain ? grantUnder(chain, permission) : ownGrant(passport, permission);
}

/** PERM-3 */
function grantUnder({ grantor, people }: Chain, permission: Permission): string | null {
  const to = PASSED_ON[permission];
  if (to === 'nobody' || (to === 'people' && !people)) return null;
  return people ? ownGrant(grantor, permission) : ownGrant(withoutRolesOfPeople(grantor), permission);
}

const withoutRolesOfPeople = (grantor: Passport): Passport => ({
  ...grantor,
  roles: grantor.roles.filter((name) => !(Object.hasOwn(OF_ROLE, name) && OF_ROLE[name]?.people)),
});

function ownGrant(passport: Passport, permission: Permission): string | null {
  const role = passport.roles.find((name) => roleGrants(passport, name).includes(permission));
  return role ?? (OF_KIND[passport.kind].includes(permission) ? passport.kind : null);
}

const roleGrants = ({ kind }: Passport, name: string): readonly Permission[] => {
  const role = Object.hasOwn(OF_ROLE, name) ? OF_ROLE[name] : undefined;
  return !role || (role.people && kind !== 'human') ? [] : role.permissions;
};

export const permissionsOf = (passport: Passport): Permission[] =>
  PERMISSIONS.filter((permission) => grantOf(passport, permission) !== null);

/** Roles that give the permission, for those who lack it. */
export const rolesWith = (permission: Permission): string[] =>
  Object.keys(OF_ROLE).filter((name) => OF_ROLE[name]?.permissions.includes(permission));

/** An act on one's own affairs: what every participant of its kind may. */
export const asSelf = (passport: Passport): Attribution => byRole(passport, passport.kind);

/** An act on the authority of the role that allows it. The caller has been admitted. */
export const asGranted = (passport: Passport, permission: Permission): Attribution =>
  byRole(passport, grantOf(passport, permission) ?? passport.kind);

/** Whether the participant has the permission, and people may get it from it. */
export const canPassOn = (passport: Passport, permission: Permission): boolean =>
  PASSED_ON[permission] !== 'nobody' && ownGrant(passport, permission) !== null;
