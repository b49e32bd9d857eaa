import type { Passport } from './passport.ts';

/** What a task asks of whoever does it. */
export interface Requirement {
  readonly requires: readonly string[];
  readonly by: 'agent' | 'human' | 'system' | null;
  /** `role:NAME`, `group:NAME`, `system:NAME` or a passport id; empty is anybody. */
  readonly from: readonly string[];
  readonly excluded: readonly string[];
}

/** Why a participant is not eligible: a stable code, and words. Null when it is. */
export interface Ineligible {
  readonly code: 'status' | 'kind' | 'capability' | 'not_named' | 'excluded';
  readonly message: string;
}

export const ineligible = (passport: Passport, task: Requirement): Ineligible | null => {
  if (passport.status === 'suspended' || passport.status === 'revoked')
    return { code: 'status', message: `${passport.name} is ${passport.status}` };
  if (!isOfKind(passport, task.by))
    return {
      code: 'kind',
      message: `the task is for ${task.by ?? 'an agent or a human'}, and ${passport.name} is ${passport.kind}`,
    };
  const lacking = task.requires.filter((capability) => !passport.capabilities.includes(capability));
  if (lacking.length > 0)
    return { code: 'capability', message: `${passport.name} lacks ${lacking.join(', ')}` };
  if (task.from.length > 0 && !task.from.some((name) => isNamed(passport, name)))
    return { code: 'not_named', message: `the task is for ${task.from.join(' or ')}` };
  if (task.excluded.includes(passport.id))
    return { code: 'excluded', message: `${passport.name} is excluded` };
  return null;
};

const isOfKind = ({ kind }: Passport, by: Requirement['by']): boolean =>
  by === null ? kind !== 'system' : kind === by;

/** `role:`, `group:` and `system:` name a role, a group and a system of record; anything else is a passport id. */
export const isNamed = (passport: Passport, name: string): boolean => {
  if (name.startsWith('role:')) return passport.roles.includes(name.slice(5));
  if (name.startsWith('group:')) return passport.groups.includes(name.slice(6));
  if (name.startsWith('system:')) return passport.kind === 'system' && passport.name === name.slice(7);
  return passport.id === name;
};

/** What is missing when nobody is eligible, in words. */
export const lacking = (task: Requirement): string => {
  const who = task.by ?? 'participant';
  const skills = task.requires.length > 0 ? ` with ${task.requires.join(' and ')}` : '';
  const named = task.from.length > 0 ? ` who is ${task.from.join(' or ')}` : '';
  const except = task.excluded.length > 0 ? `, other than ${task.excluded.join(', ')}` : '';
  return `${who === 'agent' ? 'an agent' : `a ${who}`}${skills}${named}${except}`;
};
