/** Whom a task, an approval or an escalation names. What it stands for is looked up each time, so that it follows the organisation. */
export interface Party {
  readonly kind: 'role' | 'group' | 'post' | 'system' | 'manager_of' | 'passport';
  readonly name: string;
}

const PREFIXES = ['role', 'group', 'post', 'system', 'manager_of'] as const;

/** `role:NAME`, `group:NAME`, `post:NAME`, `system:NAME`, `manager_of:PASSPORT`; anything else is a passport id. */
export const partyOf = (text: string): Party => {
  for (const kind of PREFIXES)
    if (text.startsWith(`${kind}:`)) return { kind, name: text.slice(kind.length + 1) };
  return { kind: 'passport', name: text };
};

/** Whether all of them are named themselves, and nobody by what they are. */
export const namesPassports = (parties: readonly string[]): boolean =>
  parties.length > 0 && parties.every((party) => partyOf(party).kind === 'passport');
