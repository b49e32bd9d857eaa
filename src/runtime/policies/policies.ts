import type { Json, JsonObject } from '../../definition/index.ts';
import { compilePolicies, FRESH, readProfile, refusesApproval } from '../../policy/index.ts';
import type { EmergencyStop, Profile } from '../../policy/index.ts';
import type { Attribution } from '../../engine/index.ts';
import { canonical, toHex, type Sha256 } from '../../ledger/index.ts';
import type { Store } from '../../store/index.ts';
import { Documents, type Pending } from '../organisation/documents.ts';
import { done, no, type Refused } from '../organisation/outcome.ts';
import type { ChangeOrganisation, OrganisationStream, Proposal, RememberOf } from '../organisation/stream.ts';
import type { Outcome } from '../runs.ts';
import { EmergencyStops } from './emergency-stops.ts';
import { problemsOf, refusesGrant, uncovered, type Decision, type Proposed } from './proposals.ts';
import {
  digestOf,
  setId,
  tellingOnce,
  versionIn,
  type GrantRecord,
  type InForce,
  type PolicyChange,
  type PolicySetRecord,
} from './records.ts';
import { StandingGrants } from './standing-grants.ts';

/** In force until the organisation has adopted another one. */
const USUAL: Json = { autonomy: 'balanced', approval: { from: 'role:administrator' }, peopleLaunch: true };
const PROFILE = 'profile';

/**
 * What binds everybody: policies, the profile, standing grants, the emergency stop.
 *
 * KEEP-3  What is in force changes only by a change that was approved; what held before can still be read, for runs that keep it.
 * KEEP-4  Not knowing whether work is stopped counts as a stop.
 */
export class Policies {
  readonly #hash: (value: Json) => string;
  readonly #onAltered: (change: PolicyChange) => void;
  readonly #changes: Documents<PolicyChange>;
  readonly #sets: Documents<PolicySetRecord>;
  readonly grants: StandingGrants;
  readonly stops: EmergencyStops;
  readonly #compiled = new Map<number, InForce>();
  readonly #listeners = new Set<() => void>();
  #stream: OrganisationStream | null = null;

  constructor(store: Store, sha256: Sha256, onFault: (fault: unknown) => void) {
    this.#hash = (value) => toHex(sha256(canonical(value)));
    this.#onAltered = tellingOnce(onFault);
    const asIs = <Body>(body: Body): Body => body;
    this.#changes = new Documents<PolicyChange>(store, 'policy_change', asIs, () => {});
    this.#sets = new Documents<PolicySetRecord>(store, 'policy_set', asIs, () => this.#tell());
    this.grants = new StandingGrants(store, this.#change);
    this.stops = new EmergencyStops(store, this.#change, () => this.#tell());
    this.held = [this.#changes, this.#sets, this.grants.documents, this.stops.documents];
  }

  /** What decisions of the organisation are made on. */
  readonly held: readonly { start(): Promise<void>; settled(): Promise<void> | null }[];

  attach(stream: OrganisationStream): void {
    this.#stream = stream;
  }

  async start(): Promise<void> {
    for (const documents of this.held) await documents.start();
  }

  /** Called when what is in force has changed. */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Follows what another process has written. */
  foreign(payload: JsonObject): void {
    const { change, set, grant, stop } = payload;
    if (typeof change === 'string') this.#changes.doubt(change);
    if (typeof set === 'number') this.#sets.doubt(setId(set));
    if (typeof grant === 'string') this.grants.documents.doubt(grant);
    if (stop !== undefined) this.stops.foreign();
  }

  /** What may not be as it is in the store is read again; null when all of it is. */
  settled(): Promise<void> | null {
    const reading = this.held.flatMap((documents) => documents.settled() ?? []);
    return reading.length === 0 ? null : Promise.all(reading).then(() => {});
  }

  // --- what is in force ---------------------------------------------------------------------------------------------

  get emergencyStop(): EmergencyStop {
    return this.stops.state;
  }

  /** Names what holds for a run that begins now. */
  get number(): number {
    return this.#sets.size;
  }

  /**
   * KEEP-3: what a run keeps, or what was approved since for those that had begun. What cannot be read is looked at again: another
   * process may have written it, and not all of it is here yet.
   */
  inForce(pinned: number = this.number): InForce | null {
    let number = pinned;
    for (let next = this.number; next > pinned; next -= 1)
      if (this.#sets.get(setId(next))?.forAll) {
        number = next;
        break;
      }
    const made = this.#compiled.get(number) ?? this.#compile(number);
    if (made) this.#compiled.set(number, made);
    return made;
  }

  #compile(number: number): InForce | null {
    const record = number === 0 ? EMPTY : this.#sets.get(setId(number));
    if (!record) return null;
    const profile = this.#profile(record.profile);
    const sources = record.members.map(({ id, version }) => this.#version('save_policy', id, version));
    if (profile === null || sources.includes(null)) return null;
    const read = sources.map((one) => ({
      document: (one as PolicyChange).document,
      version: (one as PolicyChange).version,
      digest: (one as PolicyChange).documentDigest,
    }));
    const compiled = compilePolicies(read, record.digest);
    return compiled.ok ? { number, set: compiled.set, profile } : null;
  }

  #profile(version: number): Profile | null {
    const document = version === 0 ? USUAL : this.#version('save_profile', PROFILE, version)?.document;
    const read = document === undefined || document === null ? null : readProfile(document, version);
    return read?.ok ? read.profile : null;
  }

  #version(what: PolicyChange['what'], name: string, version: number): PolicyChange | null {
    const of = { what, name, version };
    return versionIn(this.#changes.behind(undefined), of, this.#hash, this.#onAltered);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  // --- reading ------------------------------------------------------------------------------------------------------

  change(id: string): PolicyChange | null {
    return this.#changes.get(id);
  }

  /** The newest last; of one policy, of the profile or of one grant where it is named. */
  history(name?: string): PolicyChange[] {
    return [...this.#changes.behind(undefined)]
      .filter((change) => name === undefined || change.name === name)
      .toSorted((a, b) => a.proposedAt - b.proposedAt || (a.id < b.id ? -1 : 1));
  }

  /** What holds for a run that begins now, by id. */
  get active(): PolicyChange[] {
    return [...this.#changes.behind(undefined)].filter(
      ({ what, status }) => status === 'active' && (what === 'save_policy' || what === 'save_profile'),
    );
  }

  // --- changing -----------------------------------------------------------------------------------------------------

  propose(
    proposed: Proposed,
    by: Attribution,
    remember?: RememberOf<PolicyChange>,
  ): Promise<Outcome<PolicyChange>> {
    const decide = (now: number) => {
      const problem = this.#unfit(proposed);
      if (problem) return problem;
      const { id, what, name, document, covers, author, reason } = proposed;
      const ended = what === 'retire_policy' ? this.#activeOf('save_policy', name) : null;
      const version = ended?.version ?? this.#nextVersion(what, name);
      const change: PolicyChange = {
        id,
        what,
        name,
        version,
        document,
        documentDigest: this.#hash(document),
        digest: digestOf({ what, name, version, document, covers }, this.#hash),
        status: 'proposed',
        authors: [author],
        reason,
        covers,
        proposedAt: now,
        applyTo: 'new',
        decidedBy: null,
        decidedAt: null,
        decision: null,
        alone: false,
      };
      const payload = { change: id, what, name, version, digest: change.digest, document, covers, reason };
      return done({
        type: 'policy.proposed',
        payload,
        changes: [this.#changes.change(id, change)],
        value: change,
      });
    };
    return this.#change({ by, remember, decide });
  }

  #unfit({ what, name, document, covers }: Proposed): Refused | null {
    if (what === 'retire_policy')
      return this.#activeOf('save_policy', name)
        ? null
        : no('policy_unknown', `There is no policy ${name} in force.`);
    const problems = problemsOf(what, document);
    if (problems.length > 0) {
      const message = `There ${problems.length === 1 ? 'is a problem' : `are ${problems.length} problems`}: ${problems[0]?.message ?? ''}`;
      return no('policy_invalid', message, { problems });
    }
    if (what !== 'standing_grant') return null;
    if (this.grants.documents.latest(name))
      return no('policy_invalid', `There is a standing grant ${name} already.`);
    return uncovered(covers, this.inForce());
  }

  #nextVersion(what: PolicyChange['what'], name: string): number {
    let version = 0;
    for (const { id } of this.#changes.behind(undefined)) {
      const change = this.#changes.latest(id);
      if (change?.what === what && change.name === name) version = Math.max(version, change.version);
    }
    return version + 1;
  }

  #activeOf(what: PolicyChange['what'], name: string): PolicyChange | null {
    for (const { id } of this.#changes.behind(undefined)) {
      const change = this.#changes.latest(id);
      if (change?.what === what && change.name === name && change.status === 'active') return change;
    }
    return null;
  }

  approve(
    id: string,
    decision: Decision,
    by: Proposal<PolicyChange>['by'],
    remember?: RememberOf<PolicyChange>,
  ): Promise<Outcome<PolicyChange>> {
    const decide = (now: number) => {
      const change = this.#changes.latest(id);
      if (!change) return unknown(id);
      const refused = this.#refuses(change, decision) ?? this.#overtaken(change);
      if (refused) return refused;
      const { approver, reason, applyTo, alone } = decision;
      const approved: PolicyChange = {
        ...change,
        status: 'active',
        applyTo,
        decidedBy: approver.id,
        decidedAt: now,
        decision: reason,
        alone: alone && change.authors.some((author) => author.id === approver.id),
      };
      const effects = this.#carryOut(approved, now);
      return done({
        type: 'policy.approved',
        payload: { ...summaryOf(approved), ...effects.told },
        changes: [this.#changes.change(id, approved), ...effects.pending],
        value: approved,
      });
    };
    return this.#change({ by, remember, decide });
  }

  /** Whether this decision would bring it into force now. */
  awaits(change: PolicyChange, decision: Decision): boolean {
    return (this.#refuses(change, decision) ?? this.#overtaken(change)) === null;
  }

  #refuses(change: PolicyChange, decision: Decision): Refused | null {
    const why = decision.refused(change);
    if (why) return why;
    const authors = [...change.authors, ...decision.callers];
    const refusal = refusesApproval({ ...change, authors }, decision.approver, decision.digest);
    if (refusal && !(refusal.code === 'separation_of_duties' && decision.alone))
      return no(refusal.code, refusal.message);
    return change.what === 'standing_grant'
      ? refusesGrant(change.covers, this.inForce(), decision.isNamed)
      : null;
  }

  #overtaken({ what, name, version }: PolicyChange): Refused | null {
    if (what === 'standing_grant')
      return this.grants.documents.latest(name) && no('approval_stale', `There is a grant ${name} by now.`);
    const active = this.#activeOf(what === 'retire_policy' ? 'save_policy' : what, name);
    const gone = what === 'retire_policy' ? active?.version !== version : (active?.version ?? 0) >= version;
    if (!gone) return null;
    return active
      ? no('approval_stale', `Another version of ${name} has come into force since; propose it anew.`)
      : no('approval_stale', `${name} has ended since: there is nothing left to end.`);
  }

  #carryOut(
    approved: PolicyChange,
    now: number,
  ): { readonly pending: readonly Pending[]; readonly told: object } {
    const { id, what, name, version, document, covers, applyTo, decidedBy, authors } = approved;
    if (what === 'standing_grant') {
      const record: GrantRecord = {
        id: name,
        document: document as JsonObject,
        restsOn: covers,
        grantedAt: now,
        grantedBy: decidedBy as string,
        proposedBy: authors[0]?.id ?? '',
        state: FRESH,
      };
      return { pending: [this.grants.documents.change(name, record)], told: { grant: name } };
    }
    const before = this.#activeOf(what === 'retire_policy' ? 'save_policy' : what, name);
    const status = what === 'retire_policy' ? 'retired' : 'superseded';
    const record = this.#setWith(approved, applyTo === 'running', now);
    const pending = [this.#sets.change(setId(record.number), record)];
    if (before && before.id !== id) pending.push(this.#changes.change(before.id, { ...before, status }));
    const { number: set, digest, members, profile } = record;
    return { pending, told: { set, members, profile, setDigest: digest, version } };
  }

  #setWith({ what, name, version }: PolicyChange, forAll: boolean, at: number): PolicySetRecord {
    const last = this.#sets.latest(setId(this.#lastNumber())) ?? EMPTY;
    const others = last.members.filter(({ id }) => what === 'save_profile' || id !== name);
    const members = what === 'save_policy' ? [...others, { id: name, version }] : others;
    const profile = what === 'save_profile' ? version : last.profile;
    const number = last.number + 1;
    const sorted = members.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const digest = this.#hash({ number, members: sorted.map((one) => ({ ...one })), profile });
    return { number, digest, members: sorted, profile, forAll, at };
  }

  /** Also of what is on its way. */
  #lastNumber(): number {
    let number = this.#sets.size;
    while (this.#sets.latest(setId(number + 1))) number += 1;
    return number;
  }

  /** A change that nobody wants any more, or that somebody decides against. */
  close(
    id: string,
    command: 'reject' | 'withdraw',
    { participant, reason, refused }: Pick<Decision, 'reason' | 'refused'> & { readonly participant: string },
    by: Proposal<PolicyChange>['by'],
    remember?: RememberOf<PolicyChange>,
  ): Promise<Outcome<PolicyChange>> {
    const decide = (now: number) => {
      const change = this.#changes.latest(id);
      const why = refused(change);
      if (why) return why;
      if (!change) return unknown(id);
      if (change.status !== 'proposed') return no('already_decided', `The change is ${change.status}.`);
      const status = command === 'reject' ? 'rejected' : 'withdrawn';
      const closed: PolicyChange = {
        ...change,
        status,
        decidedBy: participant,
        decidedAt: now,
        decision: reason,
      };
      const changes = [this.#changes.change(id, closed)];
      return done({ type: `policy.${status}`, payload: summaryOf(closed), changes, value: closed });
    };
    return this.#change({ by, remember, decide });
  }

  readonly #change: ChangeOrganisation = (proposal) => {
    if (!this.#stream) throw new Error('policies are not attached to a stream');
    return this.#stream.change(proposal);
  };
}

const EMPTY: PolicySetRecord = { number: 0, digest: 'usual', members: [], profile: 0, forAll: false, at: 0 };

const unknown = (id: string): Refused => no('policy_change_unknown', `There is no change ${id}.`);

const summaryOf = (change: PolicyChange): object => {
  const { id, what, name, version, digest, status, applyTo, decision, alone } = change;
  return {
    change: id,
    what,
    name,
    version,
    digest,
    status,
    applyTo,
    reason: decision,
    ...(alone && { alone }),
  };
};
