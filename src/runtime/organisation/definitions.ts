import { LRUCache } from 'lru-cache';
import {
  checkDefinition,
  compileDefinition,
  isError,
  nestedDefinitions,
  type DefinitionProblem,
  type Graph,
  type Json,
  type JsonObject,
  type Known,
} from '../../definition/index.ts';
import type { Attribution, DefinitionRef } from '../../engine/index.ts';
import { canonical, toHex, type Sha256 } from '../../ledger/index.ts';
import { damaged, type Page, type PageRequest, type Store } from '../../store/index.ts';
import type { Clock } from '../clock.ts';
import type { Outcome } from '../runs.ts';
import { done, no, type Refused } from './outcome.ts';
import { writing, type OrganisationStream, type Remember } from './stream.ts';

export interface DefinitionVersion extends DefinitionRef {
  readonly name: string;
  readonly document: JsonObject;
  readonly savedBy: string;
  readonly savedAt: number;
}

export interface SavedDefinition {
  readonly definition: DefinitionVersion;
  readonly problems: readonly DefinitionProblem[];
}

/** A check is for everybody who is known, so that what it reads is bounded. */
const MOST_LOOKED_UP = 100;

/**
 * What has been defined, by version; read as it is used.
 *
 * DEFS-1  A version never changes, and none is removed: runs pin theirs. One that does not give its digest any more is acted on by nobody.
 */
export class Definitions {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #sha256: Sha256;
  readonly #known: () => Known;
  readonly #stream: OrganisationStream;
  readonly #versions = new LRUCache<string, DefinitionVersion>({ max: 1000 });
  readonly #graphs = new LRUCache<string, Graph>({ max: 1000 });

  constructor(
    parts: {
      readonly store: Store;
      readonly clock: Clock;
      readonly sha256: Sha256;
      /** What somebody has or is. */
      known(): Known;
    },
    stream: OrganisationStream,
  ) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#sha256 = parts.sha256;
    this.#known = () => parts.known();
    this.#stream = stream;
  }

  async check(document: Json): Promise<readonly DefinitionProblem[]> {
    const missing = await this.#missing(document);
    return checkDefinition(document, { ...this.#known(), definitions: (id) => !missing.has(id) });
  }

  /** Of what a document nests, the definitions that are not there; of so many as are looked up. */
  async #missing(document: Json): Promise<ReadonlySet<string>> {
    const missing = new Set<string>();
    for (const id of nestedDefinitions(document).slice(0, MOST_LOOKED_UP))
      if (!(await this.#store.document('definition', id))) missing.add(id);
    return missing;
  }

  /**
   * A new version, unless the newest is the same: then that one. The digest is over the canonical JSON of the document
   * as authored, without defaults filled in: one digest for JSON and YAML, in any order of keys.
   */
  async save(
    document: Json,
    by: Attribution,
    remember?: (definition: DefinitionVersion, problems: readonly DefinitionProblem[]) => Remember,
  ): Promise<Outcome<SavedDefinition>> {
    const problems = await this.check(document);
    if (problems.some(isError)) return invalid(problems);
    const compiled = compileDefinition(document, this.#digestOf(document));
    if (!compiled.ok) return invalid(compiled.problems);
    const { graph } = compiled;
    const latest = await this.#store.document('definition', graph.id);
    const newest = latest ? await this.get(graph.id) : null;
    if (newest && newest.digest === graph.digest) {
      const kept = remember && (await this.#stream.remember(remember(newest, problems)));
      return kept?.ok === false ? kept : done({ definition: newest, problems });
    }
    const definition: DefinitionVersion = {
      id: graph.id,
      version: (newest?.version ?? 0) + 1,
      digest: graph.digest,
      name: graph.name,
      document: document as JsonObject,
      savedBy: by.actor,
      savedAt: this.#clock.now(),
    };
    const recorded = remember && (() => remember(definition, problems));
    const saved = await this.#write(definition, latest?.revision ?? 0, by, recorded);
    return saved.ok ? done({ definition: saved.value, problems }) : saved;
  }

  #write(
    definition: DefinitionVersion,
    revision: number,
    by: Attribution,
    remember: (() => Remember) | undefined,
  ): Promise<Outcome<DefinitionVersion>> {
    const { id, version, digest, name } = definition;
    const changes = [
      writing({
        kind: 'definition_version',
        id: versionKey(id, version),
        expected: 0,
        body: definition as unknown as JsonObject,
      }),
      writing({ kind: 'definition', id, expected: revision, body: { id, version, digest, name } }),
    ];
    return this.#stream.change({
      by,
      fixed: true,
      remember,
      decide: () => done({ type: 'definition.saved', payload: definition, changes, value: definition }),
    });
  }

  #digestOf(document: Json): string {
    return toHex(this.#sha256(canonical(document)));
  }

  /** The newest, or a given version; null when there is none. @throws StoreFault `database_damaged` (DEFS-1) */
  async get(id: string, version?: number): Promise<DefinitionVersion | null> {
    if (version === undefined) {
      const latest = await this.#store.document('definition', id);
      return latest ? this.get(id, latest.body['version'] as number) : null;
    }
    const key = versionKey(id, version);
    const known = this.#versions.get(key);
    if (known) return known;
    const stored = await this.#store.document('definition_version', key);
    if (!stored) return null;
    const found = stored.body as unknown as DefinitionVersion;
    if (this.#digestOf(found.document) !== found.digest) throw notItsDigest(key);
    this.#versions.set(key, found);
    return found;
  }

  async list(page: PageRequest): Promise<Page<DefinitionRef & { readonly name: string }>> {
    const { rows, next } = await this.#store.documents('definition', page);
    return { rows: rows.map(({ body }) => body as unknown as DefinitionRef & { name: string }), next };
  }

  /** @throws Error when it is not there: runs pin their definition, and none is ever removed. */
  async graph(ref: DefinitionRef): Promise<Graph> {
    const known = this.#graphs.get(ref.digest);
    if (known) return known;
    const found = await this.get(ref.id, ref.version);
    if (found && found.digest !== ref.digest) throw notItsDigest(versionKey(ref.id, ref.version));
    const compiled = found && compileDefinition(found.document, ref.digest);
    if (!compiled?.ok) throw new Error(`definition ${versionKey(ref.id, ref.version)} cannot be read`);
    this.#graphs.set(ref.digest, compiled.graph);
    return compiled.graph;
  }
}

const notItsDigest = (key: string): Error =>
  damaged(`Definition ${key} does not give its digest: it was changed in the database after it was saved.`);

function invalid(problems: readonly DefinitionProblem[]): Refused {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  const message = `The definition has ${count}: ${problems.find(isError)?.message ?? ''}`;
  return no('definition_invalid', message, { problems });
}

const versionKey = (id: string, version: number): string => `${id}@${version}`;
