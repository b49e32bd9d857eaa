import type { JsonObject } from '../../definition/index.ts';
import { pagesOf, type DocumentKind, type DocumentWrite, type Store } from '../../store/index.ts';

const PAGE = 1000;

interface Revised<Body> {
  readonly revision: number;
  readonly body: Body;
}
/** A document as it is kept: one object for as long as it is there, so that the order of all of them need not follow changes. */
interface Kept<Body> {
  readonly id: string;
  revision: number;
  body: Body;
}

/** What can be changed by a write that the organisation decides on. */
export interface Pending {
  /** What the document is once everything before is durable. Puts the change on top of that. */
  write(): DocumentWrite;
  /** It is durable. */
  settle(): void;
  /** It never came to be, or nobody knows. */
  forget(): void;
}

/**
 * All documents of a kind, in memory.
 *
 * DOC-1  `get` and lists give what is durable; a decision is made on `latest`, which has what is on its way as well.
 * DOC-2  What may not be as it is in the store is read again before the next decision; what is doubted while it is read, once more.
 * DOC-3  Ids are kept in order as they come, so that a page costs the page.
 */
export class Documents<Body extends object> {
  readonly #store: Store;
  readonly #kind: DocumentKind;
  readonly #read: (stored: Body) => Body;
  readonly #onChange: (body: Body, before: Body | null) => void;
  readonly #onSettled: () => void;
  readonly #known = new Map<string, Kept<Body>>();
  readonly #underWay = new Map<string, Revised<Body>>();
  readonly #doubted = new Set<string>();
  #rereading: Promise<void> | null = null;
  readonly #sorted: Kept<Body>[] = [];

  /** `read`: what a stored document means; members that it lacks get their default. `onSettled`: nothing is doubted any more. */
  constructor(
    store: Store,
    kind: DocumentKind,
    read: (stored: Body) => Body,
    onChange: (body: Body, before: Body | null) => void,
    onSettled: () => void = () => {},
  ) {
    this.#store = store;
    this.#kind = kind;
    this.#read = read;
    this.#onChange = onChange;
    this.#onSettled = onSettled;
  }

  async start(): Promise<void> {
    for await (const rows of pagesOf(PAGE, (page) => this.#store.documents(this.#kind, page)))
      for (const { id, revision, body } of rows) this.#keep(id, { revision, body: this.#bodyOf(body) });
  }

  get size(): number {
    return this.#known.size;
  }

  get(id: string): Body | null {
    return this.#known.get(id)?.body ?? null;
  }

  /** How often it has been written. */
  revision(id: string): number {
    return this.#known.get(id)?.revision ?? 0;
  }

  latestRevision(id: string): number {
    return (this.#underWay.get(id) ?? this.#known.get(id))?.revision ?? 0;
  }

  latest(id: string): Body | null {
    return (this.#underWay.get(id) ?? this.#known.get(id))?.body ?? null;
  }

  *values(): Generator<Body, void, void> {
    for (const { body } of this.#known.values()) yield body;
  }

  /** By id, those behind `after` first. */
  *behind(after: string | undefined): Generator<Body, void, void> {
    for (let at = this.#begin(after); at < this.#sorted.length; at += 1)
      yield (this.#sorted[at] as Kept<Body>).body;
  }

  /** The first of these by id, behind `after`; `among`, where it is given, are ids of all that may be wanted. */
  select(
    after: string | undefined,
    most: number,
    wanted: (body: Body) => boolean,
    among?: ReadonlySet<string>,
  ): Body[] {
    const found: Body[] = [];
    const rows = among ? this.#rowsOf(among, after) : this.#sorted;
    for (let at = among ? 0 : this.#begin(after); at < rows.length && found.length < most; at += 1) {
      const { body } = rows[at] as Kept<Body>;
      if (wanted(body)) found.push(body);
    }
    return found;
  }

  #rowsOf(ids: ReadonlySet<string>, after: string | undefined): Kept<Body>[] {
    const behind = [...ids].filter((id) => after === undefined || id > after).toSorted();
    return behind.flatMap((id) => this.#known.get(id) ?? []);
  }

  #begin(after: string | undefined): number {
    return after === undefined ? 0 : this.#place(after, true);
  }

  change(id: string, body: Body): Pending {
    const expected = this.latestRevision(id);
    const revised = { revision: expected + 1, body };
    return {
      write: () => {
        this.#underWay.set(id, revised);
        return { kind: this.#kind, id, expected, body: body as unknown as JsonObject };
      },
      settle: () => {
        if (this.#underWay.get(id) === revised) this.#underWay.delete(id);
        this.#keep(id, revised);
      },
      forget: () => {
        this.#underWay.delete(id);
        this.#doubted.add(id);
      },
    };
  }

  /** Something is not known to be as it is in the store. */
  get isDoubted(): boolean {
    return this.#doubted.size > 0 || this.#rereading !== null;
  }

  /** Reads again what is doubted; null when nothing is. */
  settled(): Promise<void> | null {
    if (this.#doubted.size === 0) return this.#rereading;
    const before = this.#rereading ?? Promise.resolve();
    const done = before
      .catch(() => {})
      .then(() => this.#reread())
      .finally(() => {
        if (this.#rereading === done) this.#rereading = null;
        if (!this.isDoubted) this.#onSettled();
      });
    this.#rereading = done;
    return done;
  }

  /** Reads what another process may have written. */
  doubt(id: string): void {
    this.#doubted.add(id);
  }

  async #reread(): Promise<void> {
    for (const id of this.#doubted) {
      this.#doubted.delete(id);
      const stored = await this.#store.document(this.#kind, id).catch((fault: unknown) => {
        this.#doubted.add(id);
        throw fault;
      });
      if (stored && stored.revision > this.revision(id))
        this.#keep(id, { revision: stored.revision, body: this.#bodyOf(stored.body) });
    }
  }

  #bodyOf(stored: JsonObject): Body {
    return this.#read(stored as unknown as Body);
  }

  #keep(id: string, revised: Revised<Body>): void {
    const { revision, body } = revised;
    const known = this.#known.get(id);
    if (!known) this.#insert({ id, revision, body });
    else if (known.revision >= revision) return;
    const before = known?.body ?? null;
    if (known) Object.assign(known, { revision, body });
    this.#onChange(body, before);
  }

  /** Documents come in order at the start, and then one at a time. */
  #insert(kept: Kept<Body>): void {
    this.#known.set(kept.id, kept);
    if ((this.#sorted.at(-1)?.id ?? '') < kept.id) this.#sorted.push(kept);
    else this.#sorted.splice(this.#place(kept.id, false), 0, kept);
  }

  /** Where the id stands or would stand; with `behind`, the place after it. */
  #place(id: string, behind: boolean): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = (this.#sorted[middle] as Kept<Body>).id;
      if (other < id || (behind && other === id)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
