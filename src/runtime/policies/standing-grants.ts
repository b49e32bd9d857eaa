import { endGrant, readStandingGrant } from '../../policy/index.ts';
import type { Grants, StandingGrant, StandingGrantState } from '../../policy/index.ts';
import type { Attribution } from '../../engine/index.ts';
import type { Store } from '../../store/index.ts';
import { Documents, type Pending } from '../organisation/documents.ts';
import { done, no } from '../organisation/outcome.ts';
import type { ChangeOrganisation, RememberOf } from '../organisation/stream.ts';
import type { Outcome } from '../runs.ts';
import type { GrantRecord } from './records.ts';

/** Standing grants, and what was used of them: counted in the commit of the run that begins a call. */
export class StandingGrants {
  readonly documents: Documents<GrantRecord>;
  readonly #read = new Map<string, { readonly grantedAt: number; readonly grant: StandingGrant | null }>();
  readonly #change: ChangeOrganisation;

  constructor(store: Store, change: ChangeOrganisation) {
    this.#change = change;
    this.documents = new Documents<GrantRecord>(
      store,
      'standing_grant',
      (record) => record,
      () => {},
    );
  }

  /** Grants that carry calls now. */
  standing(now: number): Grants['standing'] {
    const found: { grant: StandingGrant; state: StandingGrantState }[] = [];
    for (const { id } of this.documents.behind(undefined)) {
      const record = this.documents.latest(id);
      if (record?.state.status !== 'active') continue;
      const grant = this.#grant(record);
      if (grant && now < grant.expiresAt) found.push({ grant, state: record.state });
    }
    return found;
  }

  #grant(record: GrantRecord): StandingGrant | null {
    const { id, grantedAt } = record;
    const known = this.#read.get(id);
    if (known?.grantedAt === grantedAt) return known.grant;
    const read = readStandingGrant(record.document, record);
    const grant = read.ok ? read.grant : null;
    this.#read.set(id, { grantedAt, grant });
    return grant;
  }

  /** The write that counts one more call under a grant. */
  spend(id: string, state: StandingGrantState): Pending | null {
    const record = this.documents.latest(id);
    return record && this.documents.change(id, { ...record, state });
  }

  get all(): GrantRecord[] {
    return [...this.documents.behind(undefined)];
  }

  /** When a grant ends at the latest, ms since the epoch. */
  expiryOf(record: GrantRecord): number {
    return this.#grant(record)?.expiresAt ?? record.grantedAt;
  }

  /** Takes a standing grant back. */
  revoke(
    id: string,
    reason: string | null,
    by: Attribution,
    remember?: RememberOf<GrantRecord>,
  ): Promise<Outcome<GrantRecord>> {
    const decide = (now: number) => {
      const record = this.documents.latest(id);
      const grant = record && this.#grant(record);
      if (!record || !grant) return no('grant_unknown', `There is no standing grant ${id}.`);
      const ended = endGrant(grant, record.state, 'revoke', now);
      if (!ended.ok) return no(ended.refusal.code, ended.refusal.message);
      const revoked: GrantRecord = { ...record, state: ended.value };
      const changes = [this.documents.change(id, revoked)];
      return done({ type: 'grant.revoked', payload: { grant: id, reason }, changes, value: revoked });
    };
    return this.#change({ by, remember, decide });
  }
}
