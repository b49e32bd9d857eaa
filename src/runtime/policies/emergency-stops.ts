import { refusesApproval, type EmergencyStop, type Person } from '../../policy/index.ts';
import type { Attribution } from '../../engine/index.ts';
import type { Store } from '../../store/index.ts';
import { Documents } from '../organisation/documents.ts';
import { done, no } from '../organisation/outcome.ts';
import type { ChangeOrganisation, RememberOf } from '../organisation/stream.ts';
import type { Outcome } from '../runs.ts';
import { STOP, stopOf, type StopRecord } from './records.ts';

/** The emergency stop. Not knowing whether work is stopped counts as a stop (KEEP-4). */
export class EmergencyStops {
  readonly documents: Documents<StopRecord>;
  readonly #change: ChangeOrganisation;

  constructor(store: Store, change: ChangeOrganisation, onChange: () => void) {
    this.#change = change;
    // While it is read again the state is unknown, and so it is when that changes it: what has come of it is told after that.
    this.documents = new Documents<StopRecord>(
      store,
      'emergency_stop',
      (record) => record,
      onChange,
      onChange,
    );
  }

  /** Another process has written it. */
  foreign(): void {
    this.documents.doubt(STOP);
  }

  get state(): EmergencyStop {
    return this.documents.isDoubted ? { state: 'unknown' } : stopOf(this.documents.get(STOP));
  }

  /** With who asked for work to go on. */
  get record(): StopRecord | null {
    return this.documents.get(STOP);
  }

  /** Takes effect with its commit; pulling it twice changes nothing but is no error. */
  pull(reason: string, by: Attribution, remember?: RememberOf<StopRecord>): Promise<Outcome<StopRecord>> {
    const decide = (at: number) => {
      const record: StopRecord = { state: 'on', by: by.actor, reason, at, lift: null };
      const changes = [this.documents.change(STOP, record)];
      return done({
        type: 'emergency_stop.pulled',
        payload: { stop: 'on', by: by.actor, reason },
        changes,
        value: record,
      });
    };
    return this.#change({ by, remember, decide });
  }

  /** Two people let work go on, where there are two; `alone` says that there are not. */
  lift(
    reason: string,
    { person, alone }: { readonly person: Person; readonly alone: boolean },
    by: Attribution,
    remember?: RememberOf<StopRecord>,
  ): Promise<Outcome<StopRecord>> {
    const decide = (at: number) => {
      const known = this.documents.latest(STOP);
      if (!known || known.state === 'off') return no('not_stopped', 'Work is not stopped.');
      const { lift } = known;
      const digest = String(known.at);
      const proposed =
        lift &&
        refusesApproval(
          { what: 'lift_emergency_stop', status: 'proposed', digest, authors: [lift.by] },
          person,
          digest,
        );
      const lifts = alone || (lift !== null && proposed === null);
      const record: StopRecord = lifts
        ? { ...known, state: 'off', by: person.id, reason, at, lift: null }
        : { ...known, lift: { by: person, reason, at } };
      const type = lifts ? 'emergency_stop.lifted' : 'emergency_stop.lift_proposed';
      const payload = { stop: record.state, by: person.id, reason, alone, ...(lift && { with: lift.by.id }) };
      return done({ type, payload, changes: [this.documents.change(STOP, record)], value: record });
    };
    return this.#change({ by, remember, decide });
  }
}
