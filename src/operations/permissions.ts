import { byRole } from '../runtime/index.ts';
import type { Attribution } from '../engine/index.ts';
import type { Passport } from '../routing/index.ts';
import { PERMISSIONS, type Permission } from './schema/index.ts';

/**
 * Who may ask for what. A token acts as its passport, and a passport may what its kind and its roles allow.
 *
 * PERM-1  What is not in these tables is not allowed.
 * PERM-2  A role that hands out rights counts for people only: no agent can make itself, or another, more than it is.
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
  administrator: { permissions: PERMISSIONS, people: true },
  operator: { permissions: ['read', 'definitions.write', 'runs.operate', 'runs.approve'] },
  auditor: { permissions: ['read', 'ledger.read'] },
};

export const ADMINISTRATOR = 'administrator';

/** The role, or else the kind, by which the participant has the permission; null when it has not. */
export function grantOf(passport: Passport, permission: Permission): string | null {
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

/** An act on the authority of the role that allows it. The caller has been admitted. */
export const asGranted = (passport: Passport, permission: Permission): Attribution =>
  byRole(passport, grantOf(passport, permission) ?? passport.kind);
