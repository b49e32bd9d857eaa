import type { Attribution } from '../../engine/index.ts';
import { hoursProblem, openingHours, type OpeningHours, type WorkingHours } from '../../routing/index.ts';
import type { Store } from '../../store/index.ts';
import type { Outcome } from '../runs.ts';
import { Documents } from './documents.ts';
import { done, no } from './outcome.ts';
import type { Decided, OrganisationStream, RememberOf } from './stream.ts';

/** Of an organisation that has said nothing else. */
const OFFICE_HOURS: WorkingHours = {
  zone: 'UTC',
  weekly: [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00' }],
  holidays: [],
};
const ID = 'organisation';

/**
 * When the organisation works, which is the time of whoever has no hours of their own. What is due is settled when it is asked for:
 * another calendar holds for what is asked for after it.
 */
export class Calendar {
  readonly documents: Documents<WorkingHours>;
  #opening = openingHours(OFFICE_HOURS);

  constructor(store: Store) {
    this.documents = new Documents<WorkingHours>(
      store,
      'calendar',
      (hours) => hours,
      (hours) => void (this.#opening = openingHours(hours)),
    );
  }

  get hours(): WorkingHours {
    return this.documents.get(ID) ?? OFFICE_HOURS;
  }

  /** The same, to be asked often. */
  get opening(): OpeningHours {
    return this.#opening;
  }

  /** Another process may have written it. */
  foreign(): void {
    this.documents.doubt(ID);
  }

  set(
    stream: OrganisationStream,
    hours: WorkingHours,
    by: Attribution,
    remember?: RememberOf<WorkingHours>,
  ): Promise<Outcome<WorkingHours>> {
    const decide = (): Outcome<Decided<WorkingHours>> => {
      const problem = hoursProblem(hours) ?? (hours.weekly.length === 0 ? NEVER : null);
      if (problem !== null) return no('request_invalid', problem);
      const changes = [this.documents.change(ID, hours)];
      return done({ type: 'calendar.set', payload: hours, changes, value: hours });
    };
    return stream.change({ by, decide, remember });
  }
}

const NEVER = 'Name days and hours: an organisation that never works cannot be waited for.';
