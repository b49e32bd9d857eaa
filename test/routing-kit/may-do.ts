import type { Task } from '../../src/engine/index.ts';
import type { Passport } from '../../src/routing/index.ts';

/** Whether somebody may do a task, by the plain rules alone: no levels, no capability that implies another, nobody in place of another. */
export const mayDo = (
  passport: Passport,
  { requires, by, from, excluded }: Pick<Task, 'requires' | 'by' | 'from' | 'excluded'>,
): boolean =>
  passport.status !== 'suspended' &&
  passport.status !== 'revoked' &&
  (by === null ? passport.kind !== 'system' : passport.kind === by) &&
  requires.every((capability) => passport.capabilities.includes(capability)) &&
  (from.length === 0 || partiesOf(passport).some((party) => from.includes(party))) &&
  !excluded.includes(passport.id);

const partiesOf = ({ id, kind, name, roles, groups }: Passport): string[] => [
  id,
  ...roles.map((role) => `role:${role}`),
  ...groups.map((group) => `group:${group}`),
  ...(kind === 'system' ? [`system:${name}`] : []),
];
