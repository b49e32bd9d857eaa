import type { DefinitionProblem, Graph, Json, JsonObject, Known } from '../../definition/index.ts';
import type { Attribution, DefinitionRef } from '../../engine/index.ts';
import { canonical, toHex, type Sha256 } from '../../ledger/index.ts';
import { Directory } from '../../routing/directory.ts';
import type { FullPassport, WorkingHours } from '../../routing/index.ts';
import type { Store } from '../../store/index.ts';
import { bySystem } from '../authority.ts';
import { boundDelegation, Policies } from '../policies/index.ts';
import type { Clock } from '../clock.ts';
import type { Committer } from '../committer.ts';
import type { Outcome } from '../runs.ts';
import { Calendar } from './calendar.ts';
import { Capabilities, type StoredCapability } from './capabilities.ts';
import { Claims } from './claims.ts';
import { Definitions, type DefinitionVersion, type SavedDefinition } from './definitions.ts';
import { DelegationDecisions } from './delegation-decisions.ts';
import { delegationRecord, dueOf, type DelegationRecord } from './delegation-proposal.ts';
import { Delegations } from './delegations.ts';
import { Documents } from './documents.ts';
import { Due } from './due.ts';
import type { Edition } from './edition.ts';
import { Participants, type NewPassport } from './participants.ts';
import { Passports, registered, type Registered } from './passports.ts';
import { Presence } from './presence.ts';
import { OrganisationStream, type Proposal, type Remember, type RememberOf } from './stream.ts';
import { Tokens } from './tokens.ts';

/** What has changed, for those who keep something by it. `presence`: somebody was heard of, or not for a while. */
export interface OrganisationNews {
  readonly kind: 'participant' | 'capability' | 'delegation' | 'presence';
  /** Of a delegation: whoever can do something else now. */
  readonly id: string;
  /** Of a participant: those whose standing rested on what it was, and does not on what it is. */
  readonly without?: readonly string[];
}

export interface OrganisationParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly committer: Committer;
  readonly sha256: Sha256;
  /** Others may write to the same database. */
  readonly shared?: boolean;
  /** Told of background work that failed; it is tried again. */
  onFault(fault: unknown): void;
}

/**
 * Who there is, what they can do, whom they let act for them, what they may present, and what has been defined.
 *
 * KEEP-1  Passports, capabilities and delegations are held in memory whole, and come back from the store at the start.
 * KEEP-2  The directory has every passport as it counts now (WHO-1), and every capability, as soon as they are durable.
 */
export class Organisation {
  readonly directory = new Directory();
  readonly participants: Participants;
  readonly claims: Claims;
  readonly capabilities: Capabilities;
  readonly delegations: Delegations;
  readonly delegationDecisions: DelegationDecisions;
  readonly tokens: Tokens;
  readonly definitions: Definitions;
  readonly presence: Presence;
  readonly policies: Policies;
  readonly calendar: Calendar;
  readonly #passports = new Passports();
  readonly #people: Documents<Registered>;
  readonly #skills: Documents<StoredCapability>;
  readonly #given: Documents<DelegationRecord>;
  readonly #stream: OrganisationStream;
  readonly #due: readonly [returns: Due, proposals: Due];
  readonly #shared: boolean;
  readonly #listeners = new Set<(news: OrganisationNews) => void>();

  constructor(parts: OrganisationParts) {
    const { store, clock, sha256, onFault } = parts;
    this.#shared = parts.shared ?? false;
    this.#people = new Documents<Registered>(store, 'participant', registered, (now, before) =>
      this.#changed(now, before),
    );
    this.#skills = new Documents<StoredCapability>(store, 'capability', asIs, (now) => this.#learned(now));
    this.#given = new Documents<DelegationRecord>(store, 'delegation', delegationRecord, (now) =>
      this.#delegated(now),
    );
    this.policies = new Policies(store, sha256, onFault);
    this.calendar = new Calendar(store);
    const held = [this.#people, this.#skills, this.#given, this.calendar.documents, ...this.policies.held];
    const onForeign = (type: string, payload: JsonObject): void => this.#foreign(type, payload);
    const stream = new OrganisationStream({ ...parts, onForeign }, held);
    this.#stream = stream;
    this.policies.attach(stream);
    this.participants = new Participants(this.#people, this.#passports, stream);
    this.claims = new Claims(this.participants);
    const { directory } = this;
    this.capabilities = new Capabilities(this.#skills, { directory, passports: this.#passports }, stream);
    this.delegations = new Delegations({
      documents: this.#given,
      passports: this.#passports,
      stream,
      sha256,
      bound: boundDelegation(this.policies, (id) => this.#passports.get(id), {
        canonical,
        sha256: (text) => toHex(sha256(text)),
      }),
    });
    this.delegationDecisions = new DelegationDecisions(this.delegations, directory);
    this.tokens = new Tokens({ store, sha256 }, this.#passports, stream, (id) =>
      this.#tell({ kind: 'participant', id }),
    );
    this.definitions = new Definitions(
      { store, clock, sha256, known: () => this.#known(clock.now()) },
      stream,
    );
    this.presence = new Presence(clock, (id) => this.#tell({ kind: 'presence', id }));
    const due = (act: (id: string) => Promise<unknown>): Due => new Due({ clock, onFault, act });
    this.#due = [due((id) => this.#bringBack(id)), due((id) => this.delegationDecisions.lapse(id))];
  }

  async start(): Promise<void> {
    await this.#stream.start();
    for (const documents of [this.#skills, this.#people, this.#given, this.calendar.documents])
      await documents.start();
    await this.policies.start();
    for (const due of this.#due) due.start();
  }

  async stop(): Promise<void> {
    this.presence.stop();
    for (const due of this.#due) await due.stop();
  }

  /** Called after what has changed is in the directory. Returns what ends it. */
  watch(listener: (news: OrganisationNews) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Reads what another process has written to the organisation's stream. */
  follow(): Promise<void> {
    return this.#stream.follow();
  }

  /** How much of what others have written was heard of. */
  get heard(): number {
    return this.#stream.heard;
  }

  get edition(): Edition {
    return this.#stream.edition;
  }

  /** Resolves when memory has all that was acknowledged before the call (EDITION-3). */
  async current(): Promise<void> {
    if (this.#shared) await this.edition.current();
  }

  // --- asked for most --------------------------------------------------------------------------------------------

  /** As it counts now (WHO-1): what it can do and may. Null when there is none. */
  passport(id: string): FullPassport | null {
    return this.#passports.get(id);
  }

  passports(): FullPassport[] {
    return [...this.#passports.all()];
  }

  register(
    passport: NewPassport,
    by: Attribution,
    remember?: RememberOf<Registered>,
  ): Promise<Outcome<Registered>> {
    return this.participants.register(passport, by, remember);
  }

  saveDefinition(
    document: Json,
    by: Attribution,
    remember?: (definition: DefinitionVersion, problems: readonly DefinitionProblem[]) => Remember,
  ): Promise<Outcome<SavedDefinition>> {
    return this.definitions.save(document, by, remember);
  }

  /** The newest, or a given version; null when there is none. */
  definition(id: string, version?: number): Promise<DefinitionVersion | null> {
    return this.definitions.get(id, version);
  }

  /** @throws Error when it is not there: runs pin their definition, and none is ever removed. */
  graph(ref: DefinitionRef): Promise<Graph> {
    return this.definitions.graph(ref);
  }

  setCalendar(
    hours: WorkingHours,
    by: Attribution,
    remember?: RememberOf<WorkingHours>,
  ): Promise<Outcome<WorkingHours>> {
    return this.calendar.set(this.#stream, hours, by, remember);
  }

  /** Any other change of what the organisation keeps, such as plans. */
  change<Value>(proposal: Proposal<Value>): Promise<Outcome<Value>> {
    return this.#stream.change(proposal);
  }

  // --- following what was written --------------------------------------------------------------------------------

  #changed(now: Registered, before: Registered | null): void {
    const [own, ...dependent] = this.#passports.put(now, before);
    for (const id of dependent) {
      const passport = this.#people.get(id);
      if (passport) this.#passports.refresh(passport);
    }
    this.#due[0].set(now.id, now.status === 'away' ? now.awayUntil : null);
    for (const id of [own as string, ...dependent]) {
      const were = before ? [...this.directory.concerned(id)] : [];
      this.directory.put(this.#passports.get(id) as FullPassport);
      const are = this.directory.concerned(id);
      this.#tell({ kind: 'participant', id, without: were.filter((one) => !are.has(one)) });
    }
    if (before) for (const id of this.delegations.behind(now.id)) this.#tell({ kind: 'delegation', id });
  }

  #learned(capability: StoredCapability): void {
    const { id, deleted } = capability;
    if (deleted) this.directory.removeCapability(id);
    else this.directory.setCapability(capability);
    this.#tell({ kind: 'capability', id });
  }

  #delegated(delegation: DelegationRecord): void {
    this.#due[1].set(delegation.id, dueOf(delegation));
    for (const id of this.delegations.put(delegation)) this.#tell({ kind: 'delegation', id });
  }

  #foreign(type: string, payload: JsonObject): void {
    const [area] = type.split('.');
    if (area === 'policy' || area === 'grant' || area === 'emergency_stop')
      return this.policies.foreign(payload);
    if (area === 'calendar') return this.calendar.foreign();
    const id = payload['participant'] ?? payload['id'];
    if (area === 'token') this.#foreignToken(payload);
    if (typeof id !== 'string') return;
    if (area === 'participant' || area === 'claim') this.#people.doubt(id);
    else if (area === 'capability') this.#skills.doubt(id);
    else if (area === 'delegation') this.#given.doubt(id);
  }

  #foreignToken({ passport, revokedAt }: JsonObject): void {
    this.tokens.forget();
    if (typeof passport === 'string' && revokedAt !== null) this.#tell({ kind: 'participant', id: passport });
  }

  #bringBack(id: string): Promise<unknown> {
    return this.participants.bringBack(id, bySystem('availability'));
  }

  #known(now: number): Known {
    const { capabilities } = this.directory;
    const parties = [...this.directory.parties()];
    const named = (kind: string) =>
      new Set(parties.flatMap((party) => (party.startsWith(kind) ? [party.slice(kind.length)] : [])));
    return {
      capabilitiesHeld: new Set(this.#passports.heldAt(now).flatMap((name) => capabilities.closure(name))),
      roles: named('role:'),
      systems: named('system:'),
    };
  }

  #tell(news: OrganisationNews): void {
    for (const listener of this.#listeners) listener(news);
  }
}

const asIs = <Body>(body: Body): Body => body;
