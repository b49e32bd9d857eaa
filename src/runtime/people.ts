import type { Moment } from '../engine/index.ts';
import { afterOpen, openBetween, type OpeningHours } from '../routing/index.ts';
import { mayAct, type Organisation } from './organisation/index.ts';

/** What a run asks about the people of the organisation while it decides. */
export type People = Required<
  Pick<Moment, 'people' | 'accountable' | 'isAway' | 'afterWork' | 'workBetween'>
>;

export function peopleOf({ directory, calendar }: Pick<Organisation, 'directory' | 'calendar'>): People {
  const hoursOf = (participant: string | null): OpeningHours | null =>
    participant === null ? null : (directory.member(participant)?.hours ?? null);
  return {
    // Who stands in for somebody speaks in their place: the two are one voice.
    people: (parties) =>
      directory
        .pool([], parties)
        .members.filter(
          ({ kind, passport }) =>
            kind === 'human' &&
            mayAct(passport) &&
            parties.some((party) => directory.isNamed(passport, party)),
        )
        .map(({ id }) => id),
    accountable: (participant) => directory.passport(participant)?.owner ?? null,
    isAway: (participant) => directory.passport(participant)?.status === 'away',
    afterWork: (from, ms, participant) => {
      const own = hoursOf(participant);
      return (own && afterOpen(own, from, ms)) ?? afterOpen(calendar.opening, from, ms) ?? from + ms;
    },
    // What was counted in hours holds some of them: where it holds none, it was counted as above, in those that are asked next.
    workBetween: (from, to, participant) => {
      const own = hoursOf(participant);
      return (
        (own && openBetween(own, from, to)) ||
        openBetween(calendar.opening, from, to) ||
        Math.max(0, to - from)
      );
    },
  };
}
