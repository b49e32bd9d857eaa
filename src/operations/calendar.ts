import type { WorkingHours } from '../routing/index.ts';
import { plainWrite, type Read } from './context.ts';
import { done } from './outcome.ts';
import { asGranted } from './permissions.ts';
import { remembering } from './repetition.ts';
import type { OutputOf } from './schema/index.ts';

/** When the organisation works. */
type CalendarView = OutputOf<'organisation.get_calendar'>;

const view = ({ zone, weekly, holidays }: WorkingHours): CalendarView => ({
  zone,
  weekly: weekly.map(({ days, from, to }) => ({ days: [...days], from, to })),
  holidays: [...holidays],
});

export const getCalendar: Read<'organisation.get_calendar'> = async ({ runtime }) =>
  done(view(runtime.organisation.calendar.hours));

export const setCalendar = plainWrite('organisation.set_calendar', {
  async act({ runtime }, { input, caller, idempotency }) {
    const keep = remembering(idempotency, view);
    const set = await runtime.organisation.setCalendar(input, asGranted(caller, 'participants.write'), keep);
    return set.ok ? done(view(set.value)) : set;
  },
});
