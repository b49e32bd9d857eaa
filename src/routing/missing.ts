import type { Directory } from './directory.ts';
import { Eligibility } from './eligibility.ts';
import { Tally } from './tally.ts';
import type { Dropped, Reason, Situation, Work } from './work.ts';

/** What is missing when nobody is eligible, in words: what is asked for, and what keeps those out who come near. */
export function missing(directory: Directory, work: Work, situation: Situation): string | null {
  const eligibility = new Eligibility(directory, work, situation);
  const { members, plain, outside } = directory.pool(work.requires, work.from, work.by);
  const tally = new Tally();
  for (const [at, member] of members.entries()) {
    const reason = eligibility.lasting(member, eligibility.plainLevel(plain, at));
    if (!reason) return null;
    tally.add(reason, eligibility.of, member.key, member.slot);
  }
  if (outside) tally.addUnseen(outside.reason, outside.of, directory.size - members.length);
  return missingAmong(
    directory,
    work,
    tally.all((slot) => directory.glances.ids[slot] as string),
  );
}

/** Why the participant may not do it at all, in words; null when it may. */
export function objection(
  directory: Directory,
  work: Work,
  situation: Situation,
  id: string,
): Objection | null {
  const member = directory.member(id);
  if (!member) return { reason: 'not_named', message: `there is no participant ${id}` };
  const eligibility = new Eligibility(directory, work, situation);
  const reason = eligibility.lasting(member, -1);
  return reason && { reason, message: `${member.passport.name} ${whyNot(reason, eligibility.of, work)}` };
}
export interface Objection {
  readonly reason: Reason;
  readonly message: string;
}

/** Whether it is for anybody at all: whoever is away now may do it when they are back, or let somebody act for them. */
export function hasOwner(directory: Directory, work: Work, situation: Situation): boolean {
  const eligibility = new Eligibility(directory, work, situation);
  const { members, plain } = directory.pool(work.requires, work.from, work.by);
  return members.some((member, at) => {
    const reason = eligibility.lasting(member, eligibility.plainLevel(plain, at));
    return reason === null || reason === 'away';
  });
}

/** Ids of all who may do it, free or not, in order. */
export function eligible(directory: Directory, work: Work, situation: Situation): string[] {
  const eligibility = new Eligibility(directory, work, situation);
  const { members, plain } = directory.pool(work.requires, work.from, work.by);
  return members
    .filter((member, at) => eligibility.lasting(member, eligibility.plainLevel(plain, at)) === null)
    .map(({ id }) => id)
    .sort();
}

export const missingAmong = (directory: Directory, work: Work, dropped: readonly Dropped[]): string => {
  const causes = [...unheld(directory, work), ...unnamed(directory, work)];
  const near = dropped.filter(({ examples }) => examples.length > 0).map((one) => nearMiss(one, work));
  const all = causes.length > 0 ? causes : near;
  return all.length > 0 ? `${wanted(work)}: ${all.join('; ')}` : wanted(work);
};

/** Whom the work wants, in words: `an agent with a and b who is role:c, other than d`. */
export const wanted = ({ by, requires, level, from, excluded, separateFrom }: Work): string => {
  const who = by === 'agent' ? 'an agent' : by === null ? 'a participant' : `a ${by}`;
  const skills = requires.length > 0 ? ` with ${requires.join(' and ')}` : '';
  const least = requires.length > 0 && level > 0 ? ` at level ${level} or more` : '';
  const named = from.length > 0 ? ` who is ${from.join(' or ')}` : '';
  const except = excluded.length > 0 ? `, other than ${excluded.join(', ')}` : '';
  const apart = separateFrom.length > 0 ? `, separate from ${separateFrom.join(', ')}` : '';
  return `${who}${skills}${least}${named}${except}${apart}`;
};

const unheld = (directory: Directory, { requires }: Work): string[] =>
  requires.filter((capability) => directory.claimed(capability) === 0).map((name) => `nobody has ${name}`);

const unnamed = (directory: Directory, { from }: Work): string[] =>
  from.length > 0 && from.every((party) => directory.members(party).length === 0)
    ? [`nobody is ${from.join(' or ')}`]
    : [];

const nearMiss = ({ reason, of, count, examples }: Dropped, work: Work): string => {
  const more = count - examples.length;
  const who = more > 0 ? `${examples.join(', ')} and ${more} more` : examples.join(', ');
  const why = whyNot(reason, of, work);
  return `${who} ${count === 1 ? why : ofSeveral(why)}`;
};

/** As it goes on from several names. */
const ofSeveral = (why: string): string => why.replace(/^\w+/, (verb) => PLURALS[verb] ?? verb);
const PLURALS: Readonly<Record<string, string>> = { is: 'are', has: 'have', lacks: 'lack', works: 'work' };

/** Goes on from a name. */
export const whyNot = (reason: Reason, of: string | null, work: Work | null): string =>
  WORDS[reason](of ?? '', work);

const WORDS: Readonly<Record<Reason, (of: string, work: Work | null) => string>> = {
  status: (status) => `may not act (${status})`,
  kind: (kind) => (kind ? `is of another kind (${kind})` : 'is of another kind'),
  capability: (capability) => `lacks ${capability}`,
  standing: (capability) => `has ${capability} only declared or revoked, and nobody has granted it`,
  expired: (capability) => `had ${capability}, which has expired`,
  level: (capability, work) =>
    `has ${capability} at a level under ${work ? work.level : 'the least asked for'}`,
  constraint: (capability) => `has ${capability} for other cases than this`,
  not_named: (_, work) => (work ? `is not ${work.from.join(' or ')}` : 'is not whom the work is for'),
  excluded: () => 'is excluded',
  separation: () =>
    'took part in work that this is to be separate from, in person or through who answers for it',
  safety: (tier) => `works up to ${tier} only`,
  tools: (tool) => `may not use ${tool}`,
  away: () => 'is away',
  policy: (policy) => `is ruled out by policy: ${policy}`,
  busy: () => 'is busy',
  hours: () => 'is outside its working hours',
  capacity: () => 'is at its capacity',
  load: () => 'has as much open as a late task allows',
  absent: () => 'is not waiting for such work',
};
