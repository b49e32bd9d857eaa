import { ENGINE_ACTOR, refuse, type Attribution } from '../../engine/index.ts';
import type { Clock, Outcome, Remember, RememberOf } from '../../runtime/index.ts';
import { pagesOf, type DocumentWrite, type Store, type StoredDocument } from '../../store/index.ts';
import type { Records } from '../records.ts';
import type { Allowed } from './address.ts';
import { urlProblem } from './destination.ts';
import { newSigningSecret } from './signature.ts';
import { rotated, type Secrets, type Subscription } from './subscription.ts';

export type Given = Pick<Subscription, 'url' | 'description' | 'owner' | 'events' | 'filter'>;
export type Changes = Partial<Given & Pick<Subscription, 'enabled'>>;

/** A secret is in the answer to what made it, and nowhere else. */
export interface Told {
  readonly subscription: Subscription;
  readonly secret: string;
}

interface Parts {
  readonly store: Store;
  readonly clock: Pick<Clock, 'now'>;
  readonly records: Records;
  readonly allowed: Allowed;
  newId(): string;
  /** A subscription is there, has changed, or is no more. */
  onChange(subscription: Subscription): void;
}

const PAGE = 1000;
const MOST = 1000;

/**
 * The subscriptions there are.
 *
 * SUBS-1  Every change is an entry of the organisation's stream; what it says holds no secret.
 * SUBS-2  A subscription that was deleted keeps its id, and loses its address and its secrets.
 * SUBS-3  Whoever asks for one by its id gets it as it is stored: this server may not have heard yet of what another has written.
 */
export class Subscriptions {
  readonly #parts: Parts;
  readonly #known = new Map<string, { subscription: Subscription; revision: number }>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Reads what there is, and follows what another server has changed. */
  async start(): Promise<void> {
    for await (const rows of pagesOf(PAGE, (page) => this.#parts.store.documents('webhook', page)))
      for (const stored of rows) this.#follow(stored);
  }

  get(id: string): Subscription | null {
    const found = this.#known.get(id)?.subscription;
    return found && found.deletedAt === null ? found : null;
  }

  /** SUBS-3. For what is refused where there is none. */
  async find(id: string): Promise<Subscription | null> {
    await this.#reread(id);
    return this.get(id);
  }

  /** By id, which is by age. */
  all(): Subscription[] {
    const all = [...this.#known.values()].map(({ subscription }) => subscription);
    return all.filter(({ deletedAt }) => deletedAt === null).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  async create(given: Given, by: Attribution, remember?: RememberOf<Told>): Promise<Outcome<Told>> {
    const { clock, newId, allowed } = this.#parts;
    const problem = urlProblem(given.url, allowed);
    if (problem !== null) return no('webhook_url_refused', problem);
    if (this.all().length >= MOST)
      return no('webhooks_full', `There are ${MOST} webhooks, which is the most.`);
    const now = clock.now();
    const fresh = { enabled: true, disabledReason: null, createdAt: now, updatedAt: now, deletedAt: null };
    const subscription: Subscription = { id: `webhook_${newId()}`, ...given, ...fresh };
    const told = { subscription, secret: newSigningSecret() };
    const secrets = this.#secrets(subscription.id, 0, { current: told.secret, former: [] });
    const outcome = await this.#write('webhook.created', subscription, by, [secrets], remember?.(told));
    return outcome.ok ? { ok: true, value: told } : outcome;
  }

  async change(id: string, changes: Changes, by: Attribution, remember?: RememberOf<Subscription>) {
    const known = await this.find(id);
    if (!known) return unknown(id);
    const problem = changes.url === undefined ? null : urlProblem(changes.url, this.#parts.allowed);
    if (problem !== null) return no('webhook_url_refused', problem);
    const updatedAt = this.#parts.clock.now();
    const disabledReason = changes.enabled === undefined ? known.disabledReason : null;
    const next = { ...known, ...changes, disabledReason, updatedAt };
    return this.#write('webhook.changed', next, by, [], remember?.(next));
  }

  /** By the system: the receiver wants nothing any more, or cannot be reached. */
  async disable(id: string, reason: string): Promise<void> {
    const known = this.get(id);
    if (!known?.enabled) return;
    const by = {
      actor: ENGINE_ACTOR,
      onBehalfOf: null,
      authority: { kind: 'system', id: 'webhook' },
    } as const;
    const next = { ...known, enabled: false, disabledReason: reason, updatedAt: this.#parts.clock.now() };
    await this.#write('webhook.disabled', next, by, []);
  }

  async delete(
    id: string,
    by: Attribution,
    remember?: RememberOf<Subscription>,
  ): Promise<Outcome<Subscription>> {
    const known = await this.find(id);
    if (!known) return unknown(id);
    const now = this.#parts.clock.now();
    const next = { ...known, url: '', enabled: false, updatedAt: now, deletedAt: now };
    const stored = await this.#parts.store.document('webhook_secret', id);
    const wiped = this.#secrets(id, stored?.revision ?? 0, { current: '', former: [] });
    return this.#write('webhook.deleted', next, by, [wiped], remember?.(next));
  }

  /** Both secrets sign for `overlap` ms; then the new one alone. */
  async rotate(
    id: string,
    overlap: number,
    by: Attribution,
    remember?: RememberOf<Told>,
  ): Promise<Outcome<Told>> {
    const known = await this.find(id);
    const stored = known && (await this.#parts.store.document('webhook_secret', id));
    if (!stored) return unknown(id);
    const now = this.#parts.clock.now();
    const told = { subscription: { ...known, updatedAt: now }, secret: newSigningSecret() };
    const next = rotated(stored.body as unknown as Secrets, told.secret, now, now + overlap);
    const secrets = this.#secrets(id, stored.revision, next);
    const outcome = await this.#write(
      'webhook.secret_rotated',
      told.subscription,
      by,
      [secrets],
      remember?.(told),
    );
    return outcome.ok ? { ok: true, value: told } : outcome;
  }

  async secrets(id: string): Promise<Secrets | null> {
    const stored = this.get(id) && (await this.#parts.store.document('webhook_secret', id));
    return stored ? (stored.body as unknown as Secrets) : null;
  }

  #secrets(id: string, expected: number, secrets: Secrets): DocumentWrite {
    return { kind: 'webhook_secret', id, expected, body: { ...secrets } };
  }

  async #write(
    type: string,
    subscription: Subscription,
    by: Attribution,
    documents: readonly DocumentWrite[],
    remember?: Remember,
  ): Promise<Outcome<Subscription>> {
    const { id } = subscription;
    const expected = this.#known.get(id)?.revision ?? 0;
    const document = { kind: 'webhook', id, expected, body: asJson(subscription) } as const;
    const outcome = await this.#parts.records.record({
      type,
      payload: { ...asJson(subscription), url: originOf(subscription.url) },
      by,
      documents: [document, ...documents],
      remember,
    });
    if (!outcome.ok) {
      await this.#reread(id);
      return outcome;
    }
    this.#known.set(id, { subscription, revision: expected + 1 });
    this.#parts.onChange(subscription);
    return { ok: true, value: subscription };
  }

  /** Another process may have changed it. */
  async #reread(id: string): Promise<void> {
    const stored = await this.#parts.store.document('webhook', id);
    if (stored) this.#follow(stored);
  }

  #follow({ id, body, revision }: StoredDocument): void {
    if (revision <= (this.#known.get(id)?.revision ?? 0)) return;
    const subscription = body as unknown as Subscription;
    this.#known.set(id, { subscription, revision });
    this.#parts.onChange(subscription);
  }
}

const asJson = ({ filter, ...rest }: Subscription) => ({
  ...rest,
  filter: { runs: filter.runs, definitions: filter.definitions, layers: filter.layers },
});

/** Paths and queries of such addresses are often secrets, and the ledger is for ever. */
const originOf = (url: string): string => (url === '' ? '' : new URL(url).origin);

const no = (code: string, message: string) => ({ ok: false as const, rejection: refuse(code, message) });
const unknown = (id: string) => no('webhook_unknown', `There is no webhook ${id}.`);
