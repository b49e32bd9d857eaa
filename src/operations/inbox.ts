import type { FullPassport, Passport } from '../routing/index.ts';
import { chainOf, type Organisation } from '../runtime/index.ts';

/** An inbox of more parties than this is looked for among all open tasks. */
const MOST_PARTIES = 150;

/**
 * All that somebody is to the tasks that wait: themselves, their roles, groups and posts, the manager of those who report to them, what
 * they can do, and all this for those they stand in for. Null where that is more than an inbox asks for by name.
 */
export function partiesOf(organisation: Organisation, caller: Passport): string[] | null {
  const { directory } = organisation;
  const parties = new Set(['*']);
  const chain = chainOf(caller);
  const all = [
    caller,
    ...(chain ? [chain.grantor] : []),
    ...directory.represented((chain?.grantor ?? caller).id).map((one) => one.passport),
  ];
  for (const { id, roles, groups, posts = [], capabilities } of all) {
    parties.add(id);
    for (const report of reportsTo(organisation, id)) parties.add(`manager_of:${report}`);
    for (const role of roles) parties.add(`role:${role}`);
    for (const group of groups) parties.add(`group:${group}`);
    for (const post of posts) parties.add(`post:${post}`);
    for (const capability of capabilities)
      for (const name of directory.capabilities.closure(capability)) parties.add(`can:${name}`);
  }
  return parties.size > MOST_PARTIES ? null : [...parties].sort();
}

/** Kept for as long as nobody has changed: passports are replaced whole. */
const REPORTS = new WeakMap<Organisation, Reports>();
interface Reports {
  readonly of: ReadonlyMap<string, readonly string[]>;
  current: boolean;
}

function reportsTo(organisation: Organisation, manager: string): readonly string[] {
  let known = REPORTS.get(organisation);
  if (!known) organisation.watch(() => void (REPORTS.get(organisation)!.current = false));
  if (!known?.current)
    REPORTS.set(organisation, (known = { of: reportsOf(organisation.passports()), current: true }));
  return known.of.get(manager) ?? [];
}

function reportsOf(passports: readonly FullPassport[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { id, manager } of passports) {
    if (manager === null) continue;
    const reports = found.get(manager);
    if (reports) reports.push(id);
    else found.set(manager, [id]);
  }
  return found;
}
