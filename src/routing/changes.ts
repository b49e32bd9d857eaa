import type { Member } from './member.ts';
import { precedes, type Ranked } from './ranking.ts';
import type { Listed } from './shortlist.ts';
import type { Survey } from './survey.ts';
import type { Change, Reason, Work } from './work.ts';

const MOST_NEARER = 2;

/** What would have led to somebody else: those who came next by score, and those who would have come first, were they free. */
export const changesFor = (
  work: Work,
  survey: Survey,
  shortlist: readonly Listed[],
  /** Who was chosen by the strategy; null when somebody was meant and got it, or is waited for. */
  winner: Listed | null,
  byScore: boolean,
): Change[] => {
  const { target, blocked, reasons } = survey;
  if (target?.takes) return [];
  const free = (entry: Ranked): Change => freed(work, entry, reasons);
  if (target && !winner) return [free(target.entry)];
  const others = blocked.filter((entry) => entry.member !== target?.entry.member);
  return [
    ...(target ? [free(target.entry)] : []),
    ...(winner && byScore ? nearer(winner, shortlist) : []),
    ...others.filter((entry) => !winner || precedes(entry, winner.entry)).map(free),
  ];
};

const nearer = (winner: Listed, shortlist: readonly Listed[]): Change[] =>
  shortlist.slice(1, 1 + MOST_NEARER).map(({ id, score }) => ({
    id,
    kind: 'score',
    more: Math.max(1, Math.ceil((winner.score - score) * 1e4)) / 1e4,
  }));

const freed = (work: Work, { member, open }: Ranked, reasons: ReadonlyMap<Member, Reason>): Change => {
  const reason = reasons.get(member) as Reason;
  const most = reason === 'load' ? work.load : member.capacity;
  const detail = reason === 'capacity' || reason === 'load' ? `${open} of ${most}` : null;
  return { id: member.id, kind: 'free', reason, detail };
};
