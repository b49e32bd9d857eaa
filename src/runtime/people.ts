import type { Moment } from '../engine/index.ts';
import { afterOpen, openingHours, type Directory, type WorkingHours } from '../routing/index.ts';

/** Of an organisation that has said nothing else. */
const OFFICE_HOURS: WorkingHours = {
  zone: 'UTC',
  weekly: [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00' }],
  holidays: [],
};

/** What a run asks about the people of the organisation while it decides. */
export type People = Required<Pick<Moment, 'people' | 'accountable' | 'afterWork'>>;

export function peopleOf(directory: Directory, hours: WorkingHours = OFFICE_HOURS): People {
  const organisation = openingHours(hours);
  return {
    people: (parties) =>
      directory
        .pool([], parties)
        .members.filter(({ kind, passport }) => kind === 'human' && isActive(passport.status))
        .map(({ id }) => id),
    accountable: (participant) => directory.passport(participant)?.owner ?? null,
    afterWork: (from, ms, participant) => {
      const own = participant === null ? null : (directory.member(participant)?.hours ?? null);
      return (own && afterOpen(own, from, ms)) ?? afterOpen(organisation, from, ms) ?? from + ms;
    },
  };
}

const isActive = (status: string): boolean => status !== 'suspended' && status !== 'revoked';
