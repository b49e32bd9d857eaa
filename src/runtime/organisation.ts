import { LRUCache } from 'lru-cache';
import {
  checkDefinition,
  compileDefinition,
  type DefinitionProblem,
  type Graph,
  type Json,
  type JsonObject,
} from '../definition/index.ts';
import { refuse, type Attribution, type DefinitionRef } from '../engine/index.ts';
import { canonical, toHex, type Sha256 } from '../ledger/index.ts';
import { ineligible, type Passport, type Requirement } from '../routing/index.ts';
import type { DocumentKind, Page, PageRequest, Store } from '../store/index.ts';
import type { ChangeBuilder } from './change.ts';
import type { Clock } from './clock.ts';
import type { Committer } from './committer.ts';
import { EMPTY_HEAD, type Head } from './entries.ts';
import type { Outcome } from './runs.ts';

/** The stream of what belongs to the organisation and to no run: passports, tokens, definitions. */
export const ORGANISATION = 'organisation';

export interface DefinitionVersion extends DefinitionRef {
  readonly name: string;
  readonly document: JsonObject;
  readonly savedBy: string;
  readonly savedAt: number;
}
export interface TokenRecord {
  /** `token_…`, not the secret. */
  readonly id: string;
  readonly passport: string;
  readonly label: string;
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

/** Records the answer to a request with what the request writes, so that its repetition can be given the same one. */
export interface Remember {
  readonly key: string;
  readonly fingerprint: string;
  readonly result: Json;
}

const PAGE = 1000;

/**
 * Who there is, what they may present, and what has been defined.
 *
 * ORG-1  Every change is an entry of the organisation's stream, committed with the document it changes.
 * ORG-2  Passports are held in memory whole, definitions as they are used.
 * ORG-3  Of a token only the SHA-256 is kept.
 */
export class Organisation {
  #store: Store;
  #clock: Clock;
  #committer: Committer;
  #sha256: Sha256;
  #head: Head | null = null;
  #passports = new Map<string, { passport: Passport; revision: number }>();
  #tokens = new LRUCache<string, TokenRecord>({ max: 10_000 });
  #versions = new LRUCache<string, DefinitionVersion>({ max: 1000 });
  #graphs = new LRUCache<string, Graph>({ max: 1000 });
  #onChange: (passport: string) => void;

  constructor(parts: {
    store: Store;
    clock: Clock;
    committer: Committer;
    sha256: Sha256;
    /** A passport is new or has changed. */
    onChange(passport: string): void;
  }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#committer = parts.committer;
    this.#sha256 = parts.sha256;
    this.#onChange = parts.onChange;
  }

  async start(): Promise<void> {
    let cursor: string | undefined;
    do {
      const page = await this.#store.documents('participant', { limit: PAGE, ...(cursor && { cursor }) });
      for (const { id, revision, body } of page.rows)
        this.#passports.set(id, { passport: body as unknown as Passport, revision });
      cursor = page.next ?? undefined;
    } while (cursor);
  }

  // --- participants ---------------------------------------------------------------------------------------------

  passport(id: string): Passport | null {
    return this.#passports.get(id)?.passport ?? null;
  }

  passports(): Passport[] {
    return [...this.#passports.values()].map(({ passport }) => passport);
  }

  /** Whether anybody could do it, were they free. */
  canBeDone(task: Requirement): boolean {
    for (const { passport } of this.#passports.values()) if (!ineligible(passport, task)) return true;
    return false;
  }

  async register(passport: Passport, by: Attribution, remember?: Remember): Promise<Outcome<Passport>> {
    if (this.#passports.has(passport.id))
      return no('participant_exists', `There is a participant ${passport.id} already.`);
    const owner = passport.owner === null ? null : this.passport(passport.owner);
    if (passport.kind !== 'human' && owner?.kind !== 'human')
      return no(
        'owner_required',
        `${passport.kind === 'agent' ? 'An agent' : 'A system'} needs an owner: a human who answers for it.`,
      );
    return this.#write('participant.registered', passport, 'participant', passport.id, 0, by, remember);
  }

  async update(
    id: string,
    changes: Partial<Passport>,
    by: Attribution,
    remember?: (passport: Passport) => Remember,
  ): Promise<Outcome<Passport>> {
    const known = this.#passports.get(id);
    if (!known) return no('participant_unknown', `There is no participant ${id}.`);
    const passport = { ...known.passport, ...changes };
    const { revision } = known;
    return this.#write(
      'participant.changed',
      passport,
      'participant',
      id,
      revision,
      by,
      remember?.(passport),
    );
  }

  // --- tokens ---------------------------------------------------------------------------------------------------

  /** `secret` is shown to nobody again: only its hash is kept. */
  async issueToken(
    secret: string,
    token: TokenRecord,
    by: Attribution,
    remember?: Remember,
  ): Promise<Outcome<TokenRecord>> {
    if (!this.#passports.has(token.passport))
      return no('participant_unknown', `There is no participant ${token.passport}.`);
    return this.#write('token.issued', token, 'token', this.#hash(secret), 0, by, remember);
  }

  /** The participant that a token stands for; null when it stands for nobody, or for one who may not act. */
  async authenticate(secret: string): Promise<Passport | null> {
    const hash = this.#hash(secret);
    let token = this.#tokens.get(hash);
    if (!token) {
      const stored = await this.#store.document('token', hash);
      if (!stored) return null;
      token = this.#tokens.get(hash) ?? (stored.body as unknown as TokenRecord);
      this.#tokens.set(hash, token);
    }
    if (token.revokedAt !== null) return null;
    const passport = this.passport(token.passport);
    return passport && passport.status !== 'suspended' && passport.status !== 'revoked' ? passport : null;
  }

  async tokens(page: PageRequest): Promise<Page<TokenRecord>> {
    const { rows, next } = await this.#store.documents('token', page);
    return { rows: rows.map(({ body }) => body as unknown as TokenRecord), next };
  }

  async revokeToken(
    id: string,
    by: Attribution,
    remember?: (token: TokenRecord) => Remember,
  ): Promise<Outcome<TokenRecord>> {
    let cursor: string | undefined;
    do {
      const page = await this.#store.documents('token', { limit: PAGE, ...(cursor && { cursor }) });
      for (const { id: hash, revision, body } of page.rows) {
        const token = body as unknown as TokenRecord;
        if (token.id !== id) continue;
        if (token.revokedAt !== null) return no('token_revoked', `Token ${id} has been revoked already.`);
        const revoked = { ...token, revokedAt: this.#clock.now() };
        const outcome = await this.#write(
          'token.revoked',
          revoked,
          'token',
          hash,
          revision,
          by,
          remember?.(revoked),
        );
        if (outcome.ok) this.#tokens.set(hash, revoked);
        return outcome;
      }
      cursor = page.next ?? undefined;
    } while (cursor);
    return no('token_unknown', `There is no token ${id}.`);
  }

  #hash(secret: string): string {
    return toHex(this.#sha256(secret));
  }

  // --- definitions ----------------------------------------------------------------------------------------------

  check(document: Json): DefinitionProblem[] {
    const held = new Set(this.passports().flatMap(({ capabilities }) => capabilities));
    return [...checkDefinition(document, { capabilitiesHeld: held })];
  }

  /**
   * A new version, unless the newest is the same: then that one. The digest is over the canonical JSON of the document
   * as authored, without defaults filled in: one digest for JSON and YAML, in any order of keys.
   */
  async saveDefinition(
    document: Json,
    by: Attribution,
    remember?: (definition: DefinitionVersion, problems: readonly DefinitionProblem[]) => Remember,
  ): Promise<Outcome<{ definition: DefinitionVersion; problems: readonly DefinitionProblem[] }>> {
    const problems = this.check(document);
    const compiled = compileDefinition(document, this.#hash(canonical(document)));
    if (!compiled.ok) {
      const errors = problems.filter(({ severity }) => severity === 'error');
      const all = errors.length > 0 ? problems : compiled.problems;
      const message = `The definition has ${all.length === 1 ? 'a problem' : `${all.length} problems`}: ${all[0]?.message ?? ''}`;
      return no('definition_invalid', message, { problems: all });
    }
    const { graph } = compiled;
    const latest = await this.#store.document('definition', graph.id);
    const newest = latest ? await this.definition(graph.id) : null;
    if (newest && newest.digest === graph.digest)
      return { ok: true, value: { definition: newest, problems } };
    const definition: DefinitionVersion = {
      id: graph.id,
      version: (newest?.version ?? 0) + 1,
      digest: graph.digest,
      name: graph.name,
      document: document as JsonObject,
      savedBy: by.actor,
      savedAt: this.#clock.now(),
    };
    const saved = await this.#save(definition, latest?.revision ?? 0, by, remember?.(definition, problems));
    return saved.ok ? { ok: true, value: { definition: saved.value, problems } } : saved;
  }

  #save(
    definition: DefinitionVersion,
    revision: number,
    by: Attribution,
    remember: Remember | undefined,
  ): Promise<Outcome<DefinitionVersion>> {
    const { id, version, digest, name } = definition;
    return this.#commit(by, 'definition.saved', definition, remember, (change) => {
      change.write({
        kind: 'definition_version',
        id: versionKey(id, version),
        expected: 0,
        body: definition as unknown as JsonObject,
      });
      change.write({ kind: 'definition', id, expected: revision, body: { id, version, digest, name } });
    });
  }

  /** The newest, or a given version; null when there is none. */
  async definition(id: string, version?: number): Promise<DefinitionVersion | null> {
    if (version === undefined) {
      const latest = await this.#store.document('definition', id);
      return latest ? this.definition(id, latest.body['version'] as number) : null;
    }
    const key = versionKey(id, version);
    const known = this.#versions.get(key);
    if (known) return known;
    const stored = await this.#store.document('definition_version', key);
    if (!stored) return null;
    const found = stored.body as unknown as DefinitionVersion;
    this.#versions.set(key, found);
    return found;
  }

  async definitions(page: PageRequest): Promise<Page<DefinitionRef & { readonly name: string }>> {
    const { rows, next } = await this.#store.documents('definition', page);
    return { rows: rows.map(({ body }) => body as unknown as DefinitionRef & { name: string }), next };
  }

  /** @throws Error when it is not there: runs pin their definition, and none is ever removed. */
  async graph(ref: DefinitionRef): Promise<Graph> {
    const known = this.#graphs.get(ref.digest);
    if (known) return known;
    const found = await this.definition(ref.id, ref.version);
    const compiled = found && compileDefinition(found.document, ref.digest);
    if (!compiled?.ok) throw new Error(`definition ${versionKey(ref.id, ref.version)} cannot be read`);
    this.#graphs.set(ref.digest, compiled.graph);
    return compiled.graph;
  }

  // --- writing --------------------------------------------------------------------------------------------------

  #write<Body extends object>(
    type: string,
    body: Body,
    kind: DocumentKind,
    id: string,
    revision: number,
    by: Attribution,
    remember: Remember | undefined,
  ): Promise<Outcome<Body>> {
    return this.#commit(by, type, body, remember, (change) =>
      change.write({ kind, id, expected: revision, body: body as unknown as JsonObject }),
    );
  }

  /** One entry and its documents. A document that somebody else has changed meanwhile refuses it. */
  #commit<Body extends object>(
    by: Attribution,
    type: string,
    body: Body,
    remember: Remember | undefined,
    write: (change: ChangeBuilder) => void,
  ): Promise<Outcome<Body>> {
    return new Promise((resolve, reject) => {
      this.#committer.submit({
        stream: ORGANISATION,
        alone: true,
        ready: () => this.#head ?? this.#readHead(),
        prepare: (change) => {
          const at = this.#clock.now();
          change.append({ type, version: 1, at, by, layer: 'decide', data: body });
          write(change);
          if (remember) change.idempotency = { ...remember, at };
          this.#head = change.head;
        },
        settle: (fault) => {
          if (fault !== undefined) return reject(fault);
          this.#committed(type, body);
          resolve({ ok: true, value: body });
        },
        refuse: (code) => {
          if (code === 'sequence_conflict') return false;
          resolve(
            no(
              'changed_meanwhile',
              'Somebody else changed it at the same moment. Read it again, then repeat.',
            ),
          );
          return true;
        },
        forget: () => {
          this.#head = null;
        },
      });
    });
  }

  async #readHead(): Promise<void> {
    this.#head = (await this.#store.lastEntry(ORGANISATION)) ?? EMPTY_HEAD;
  }

  #committed(type: string, body: object): void {
    if (!type.startsWith('participant.')) return;
    const passport = body as Passport;
    const revision = (this.#passports.get(passport.id)?.revision ?? 0) + 1;
    this.#passports.set(passport.id, { passport, revision });
    this.#onChange(passport.id);
  }
}

const versionKey = (id: string, version: number): string => `${id}@${version}`;

const no = (code: string, message: string, details?: { readonly [key: string]: unknown }) => ({
  ok: false as const,
  rejection: refuse(code, message, details),
});
