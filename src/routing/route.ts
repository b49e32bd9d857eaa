import { changesFor } from './changes.ts';
import type { Directory } from './directory.ts';
import { missingAmong, objection } from './missing.ts';
import { namesPassports } from './party.ts';
import { Scorer } from './score.ts';
import { byCost, candidateOf, listed, type Listed } from './shortlist.ts';
import { Surveyor, type Survey } from './survey.ts';
import {
  usualPush,
  type Candidate,
  type Choice,
  type Explanation,
  type Push,
  type Routing,
  type Situation,
  type Work,
} from './work.ts';

/**
 * Who is to do it, and why: filter, score, bind, explain.
 *
 * ROUTE-1  The same directory, work and situation give the same routing, in whatever order participants were registered.
 * ROUTE-2  Nobody who is not eligible is ever chosen, by whatever strategy.
 * ROUTE-3  Everybody there is, is accounted for: `considered` is `eligible` and all that was dropped.
 */
export function route(directory: Directory, work: Work, situation: Situation): Routing {
  const held = isHeld(work) ? work.retained : null;
  const meant = held ?? work.preferred;
  const push = pushOf(work);
  const target = meant === null ? null : directory.standIn(meant);
  const scorer = new Scorer(work, situation);
  const survey = new Surveyor({ directory, work, situation, push, target, scorer }).survey();
  const ranked = survey.takers.map((entry) => listed(entry, scorer));
  const shortlist = push === 'best_fit' ? byCost(ranked, scorer) : ranked;
  const isAwaited = held !== null && work.fallback === null && !survey.target?.takes;
  const choice = isAwaited
    ? withoutTarget(directory, work, situation, survey)
    : choose(directory, work, survey, shortlist, push);
  const chosen = survey.target?.takes ? listed(survey.target.entry, scorer) : null;
  const winner = isAwaited || choice.kind !== 'assigned' ? null : (shortlist[0] ?? null);
  const explanation: Explanation = {
    strategy: work.strategy,
    by: boundBy(choice, survey, held),
    choice,
    seed: push === 'random' ? situation.seed : null,
    considered: directory.size,
    eligible: survey.taking,
    candidates: candidates(shortlist, chosen),
    dropped: survey.dropped,
    changes:
      choice.kind === 'offered'
        ? []
        : changesFor(work, survey, shortlist, winner, push === 'best_fit' ? scorer : null),
  };
  return { choice, explanation };
}

const isHeld = ({ strategy, retained }: Work): boolean =>
  (strategy === 'retain' || strategy === 'case') && retained !== null;

/** How somebody is found where nobody is meant yet, or the one who is meant cannot. */
export const pushOf = ({ strategy, fallback, by }: Work): Push => {
  if (strategy !== 'retain' && strategy !== 'case') return strategy;
  return fallback ?? usualPush(by);
};

/** It is for one participant and for nobody else, who cannot take it now, or not at all. */
const withoutTarget = (
  directory: Directory,
  work: Work,
  situation: Situation,
  { target }: Survey,
): Choice => {
  if (target) return { kind: 'waiting', for: target.entry.member.id };
  const who = work.retained ?? '';
  const why =
    objection(directory, work, situation, directory.standIn(who) ?? who)?.message ?? 'nobody stands in';
  return { kind: 'nobody', missing: `${who}, or whoever stands in: ${why}` };
};

const choose = (
  directory: Directory,
  work: Work,
  { target, waiting, taking, dropped }: Survey,
  shortlist: readonly Listed[],
  push: Push,
): Choice => {
  const [best] = shortlist;
  if (target?.takes) return { kind: 'assigned', to: target.entry.member.id };
  if (!best)
    return waiting > 0
      ? { kind: 'waiting', for: null }
      : { kind: 'nobody', missing: missingAmong(directory, work, dropped) };
  if (push !== 'offer') return { kind: 'assigned', to: best.id };
  // Whoever is named by passport alone is known now; roles and the like are looked up whenever the offer is looked at.
  const isKnown = namesPassports(work.from) && taking === shortlist.length;
  return { kind: 'offered', to: isKnown ? shortlist.map(({ id }) => id).sort() : null };
};

const boundBy = ({ kind }: Choice, { target }: Survey, held: string | null): Explanation['by'] => {
  if (kind !== 'assigned' && kind !== 'offered') return null;
  if (target?.takes) return held === null ? 'preferred' : null;
  return held === null ? null : 'fallback';
};

/** The chosen first, then the others in the order of the strategy. */
const candidates = (shortlist: readonly Listed[], chosen: Listed | null): Candidate[] => {
  if (!chosen) return shortlist.map(candidateOf);
  const own = shortlist.find(({ id }) => id === chosen.id) ?? chosen;
  const others = shortlist.filter(({ id }) => id !== chosen.id);
  return [own, ...others].slice(0, Math.max(1, shortlist.length)).map(candidateOf);
};
