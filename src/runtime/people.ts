import type { Moment } from '../engine/index.ts';
import { afterOpen } from '../routing/index.ts';
import { mayAct, type Organisation } from './organisation/index.ts';

/** What a run asks about the people of the organisation while it decides. */
export type People = Required<Pick<Moment, 'people' | 'accountable' | 'afterWork'>>;

export function peopleOf({ directory, calendar }: Pick<Organisation, 'directory' | 'calendar'>): People {
  return {
    people: (parties) =>
      directory
        .pool([], parties)
        .members.filter(({ kind, passport }) => kind === 'human' && mayAct(passport))
        .map(({ id }) => id),
    accountable: (participant) => directory.passport(participant)?.owner ?? null,
    afterWork: (from, ms, participant) => {
      const own = participant === null ? null : (directory.member(participant)?.hours ?? null);
      return (own && afterOpen(own, from, ms)) ?? afterOpen(calendar.opening, from, ms) ?? from + ms;
    },
  };
}
