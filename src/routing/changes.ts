import type { Member } from './member.ts';
import { Ranking, type Ranked } from './ranking.ts';
import type { Scorer } from './score.ts';
import { byCost, listed, type Listed } from './shortlist.ts';
import { MOST_CANDIDATES, type Survey } from './survey.ts';
import type { Change, Reason, Work } from './work.ts';

const MOST_NEARER = 2;

/** What would have led to somebody else: those who came next by score, and those who would have come first, were they free. */
export const changesFor = (
  work: Work,
  survey: Survey,
  shortlist: readonly Listed[],
  /** Who was chosen by the strategy; null when somebody was meant and got it, or is waited for. */
  winner: Listed | null,
  /** Null where no score decides. */
  scorer: Scorer | null,
): Change[] => {
  const { target, takers, blocked, reasons } = survey;
  if (target?.takes) return [];
  const free = (entry: Ranked): Change => freed(work, entry, reasons);
  if (target && !winner) return [free(target.entry)];
  const others = blocked.filter((entry) => entry.member !== target?.entry.member);
  return [
    ...(target ? [free(target.entry)] : []),
    ...(winner && scorer ? nearer(winner, shortlist) : []),
    ...others.filter((entry) => !winner || isFirst(entry, takers, scorer)).map(free),
  ];
};

/** Whether it would be chosen beside those who take it. The best score need not be: among those near to it the cost counts. */
const isFirst = (entry: Ranked, takers: readonly Ranked[], scorer: Scorer | null): boolean => {
  const ranking = new Ranking(MOST_CANDIDATES);
  for (const one of [...takers, entry]) ranking.add(one);
  if (!scorer) return ranking.all[0] === entry;
  const shortlist = ranking.all.map((one) => listed(one, scorer));
  return byCost(shortlist, scorer)[0]?.entry === entry;
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
