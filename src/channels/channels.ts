import { refuse, type Attribution, type Rejection } from '../engine/index.ts';
import type { Sha256 } from '../ledger/index.ts';
import type { Background } from '../runtime/background.ts';
import type { Clock, Outcome, Remember } from '../runtime/index.ts';
import { readCursor, writeCursor } from '../store/cursor.ts';
import type { Page, PageRequest, Store } from '../store/index.ts';
import type { Attempt, Channel } from './channel.ts';
import { Courier } from './courier.ts';
import { Contacts } from './mail/contacts.ts';
import { DecisionLinks } from './mail/links.ts';
import { MAIL, MailChannel, type Ask, type People } from './mail/mail-channel.ts';
import type { PostOffice } from './mail/post-office.ts';
import {
  begin,
  deliveryId,
  progressOf,
  readDeliveryId,
  REQUESTED,
  type Ended,
  type Parcel,
  type Progress,
} from './parcel.ts';
import { Records } from './records.ts';
import { removeRemains } from './remains.ts';
import type { Allowed } from './webhook/address.ts';
import { systemResolve, type Resolve } from './webhook/destination.ts';
import type { Subscription } from './webhook/subscription.ts';
import { Subscriptions } from './webhook/subscriptions.ts';
import { send, WebhookChannel, type WebhookParts } from './webhook/webhook-channel.ts';

export interface ChannelsParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly people: People;
  /** Of the program. */
  readonly version: string;
  /** Addresses that webhooks may have though they are not public. */
  readonly allowed: Allowed;
  readonly resolve?: Resolve;
  /** Null where no mail is sent. */
  readonly mail: MailParts | null;
  /** Other servers may work on the same database. */
  readonly shared?: boolean;
  /** False for a server that only shows and changes what others of the same database send. True if left out. */
  readonly tells?: boolean;
  newId(): string;
  /**
   * Calls when entries have been committed, and says whether another server may have changed what the organisation keeps; a hint.
   * Returns what ends it.
   */
  subscribe(call: (isForeign: boolean) => void): () => void;
  /** An entry was written to the organisation's stream. */
  onRecorded(): void;
  onFault(fault: unknown): void;
}
export interface MailParts {
  readonly office: PostOffice;
  readonly ask: Ask;
  /** Where people reach the server: `https://work.example.com`. */
  readonly publicUrl: string;
}

/** A delivery as lists show it. */
export interface Delivery extends Omit<Parcel, 'due' | 'again' | 'untaken'> {
  readonly id: string;
  readonly channel: string;
  readonly status: 'waiting' | Ended['outcome'];
  /** Of the next attempt; null when there is none to come. */
  readonly due: number | null;
  readonly endedAt: number | null;
}
export interface ChannelStatus extends Pick<
  Progress,
  'delivered' | 'failed' | 'dead' | 'failingSince' | 'lastError'
> {
  readonly id: string;
  readonly kind: 'webhook' | 'mail';
  readonly enabled: boolean;
  readonly waiting: number;
  /** Entries of the log that it has not looked at yet. */
  readonly behind: number;
}
/** Attempts since the start, by what came of them. */
export type Counts = Readonly<Record<'webhook' | 'mail', Readonly<Record<CountedOutcome, number>>>>;
type CountedOutcome = 'delivered' | 'failed' | 'dead';

/** How long deliveries that are under way as the server stops have to end. */
const FINISH_MS = 5000;
const PATIENCE_MS = 15_000;
/** After what could not be begun. */
const RETRY_MS = 1000;
const MOST_ROWS = 5000;
/** How long it can be asked for once more. */
const DEAD_LETTER_MS = 90 * 24 * 3_600_000;

/**
 * How HumanOS tells the world outside. Everything here goes by the log, at its own pace: no run waits for it, and what fails is shown.
 *
 * CHAN-1  Per enabled subscription, and for mail, there is one courier on each server that tells; a change of a subscription counts
 *         from its next parcel.
 */
export class Channels implements Background {
  readonly subscriptions: Subscriptions;
  readonly contacts: Contacts;
  readonly links: DecisionLinks;
  readonly #parts: ChannelsParts;
  readonly #records: Records;
  readonly #webhook: WebhookParts;
  readonly #server: string | null;
  readonly #tells: boolean;
  readonly #couriers = new Map<string, Courier>();
  readonly #counts = {
    webhook: { delivered: 0, failed: 0, dead: 0 },
    mail: { delivered: 0, failed: 0, dead: 0 },
  };
  #changing: Promise<void> = Promise.resolve();
  #unsubscribe: (() => void) | null = null;
  #stopped = false;

  constructor(parts: ChannelsParts) {
    const { store, clock, sha256, allowed, newId, onRecorded, version, resolve = systemResolve } = parts;
    const records = new Records({ store, clock, sha256, onRecorded });
    this.#parts = parts;
    this.#records = records;
    this.#server = parts.shared === true ? newId() : null;
    this.#tells = parts.tells ?? true;
    const outside = { clock, allowed, resolve, patience: PATIENCE_MS };
    this.#webhook = { store, clock, outside, userAgent: `HumanOS/${version}` };
    this.contacts = new Contacts({ store, records });
    this.links = new DecisionLinks({ store, clock, sha256 });
    const onChange = ({ id }: Subscription): void => this.#change(() => this.#follow(id));
    this.subscriptions = new Subscriptions({ store, clock, records, allowed, newId, onChange });
  }

  async start(): Promise<void> {
    this.#stopped = false;
    await this.subscriptions.start();
    await this.#changing;
    await this.#startMail();
    const follow = (isForeign: boolean): void => {
      if (isForeign) this.#change(() => this.subscriptions.start());
      for (const courier of this.#couriers.values()) courier.wake();
    };
    this.#unsubscribe = this.#parts.subscribe(follow);
    // What came while the couriers began was told to nobody.
    follow(true);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe?.();
    this.#change(async () => {
      await Promise.all([...this.#couriers.values()].map((courier) => courier.stop(FINISH_MS)));
      this.#couriers.clear();
    });
    await this.#changing;
    this.#parts.mail?.office.close();
  }

  /** What was asked before has been done. */
  settled(): Promise<void> {
    return this.#changing;
  }

  async #startMail(): Promise<void> {
    const channel = this.#channelOf(MAIL);
    if (channel && this.#tells) await this.#begin(new Courier(this.#courierParts(), channel), MAIL);
  }

  /** Null where there is no such channel. */
  #channelOf(id: string): Channel | null {
    const { mail, store, sha256, people } = this.#parts;
    const { contacts, links, subscriptions } = this;
    if (id === MAIL) return mail && new MailChannel({ store, sha256, people, contacts, links, ...mail });
    return subscriptions.get(id) && new WebhookChannel(this.#webhook, id, () => subscriptions.get(id));
  }

  /** Has a courier that carries for a subscription that is enabled, and none for another. */
  async #follow(id: string): Promise<void> {
    const isWanted = !this.#stopped && this.subscriptions.get(id)?.enabled === true;
    const channel = isWanted ? this.#channelOf(id) : null;
    const courier = this.#couriers.get(id);
    if (channel && courier?.isOver === false) return courier.wake();
    this.#couriers.delete(id);
    await courier?.stop();
    if (!channel) return;
    const fresh = new Courier(this.#courierParts(), channel);
    try {
      await (this.#tells ? this.#begin(fresh, id) : fresh.mark());
    } catch (fault) {
      this.#parts.clock.after(RETRY_MS, () => this.#change(() => this.#follow(id)));
      throw fault;
    }
  }

  async #begin(courier: Courier, id: string): Promise<void> {
    await courier.start();
    this.#couriers.set(id, courier);
  }

  #courierParts() {
    const { store, clock, sha256, onFault } = this.#parts;
    return {
      store,
      clock,
      sha256,
      server: this.#server,
      onFault,
      onAttempt: (id: string, attempt: Attempt, isLast: boolean) => this.#count(id, attempt, isLast),
      onGone: (id: string, why: string) => this.#gone(id, why),
    };
  }

  /** CHAN-1. Where it cannot be switched off, it goes on. */
  #gone(id: string, why: string): void {
    this.#change(() => this.subscriptions.disable(id, why));
    this.#change(() => this.#follow(id));
  }

  #count(id: string, { outcome }: Attempt, isLast: boolean): void {
    const counts = this.#counts[kindOf(id)];
    if (outcome === 'delivered') counts.delivered += 1;
    else if (outcome !== 'dropped') counts[isLast ? 'dead' : 'failed'] += 1;
  }

  /** One after the other: a subscription may change again before its courier has stopped. */
  #change(change: () => Promise<void>): void {
    this.#changing = this.#changing.then(change).catch(this.#parts.onFault);
  }

  // --- what is shown, and asked -----------------------------------------------------------------------------------

  get counts(): Counts {
    return structuredClone(this.#counts);
  }

  async status(): Promise<ChannelStatus[]> {
    const next = await this.#parts.store.entryCount();
    return Promise.all(
      this.#ids().map(async (id) => {
        const progress = await this.#progress(id);
        const { delivered, failed, dead, failingSince, lastError, position, parcels } = progress;
        const shown = { delivered, failed, dead, failingSince, lastError };
        const enabled = kindOf(id) === 'mail' || this.subscriptions.get(id)?.enabled === true;
        return { id, kind: kindOf(id), enabled, ...shown, waiting: parcels.length, behind: next - position };
      }),
    );
  }

  /** What is under way, and what came to its end last, of one channel or of all; the newest events first. */
  async deliveries(channel: string | undefined, { limit, cursor }: PageRequest): Promise<Page<Delivery>> {
    const channels = channel === undefined ? this.#ids() : [channel];
    const found = await Promise.all(channels.map((id) => this.#recent(id)));
    const after = readCursor(cursor, [0, ''] as [number, string]);
    const rows = found
      .flat()
      .filter((row) => after === null || isBehind(row, ...after))
      .toSorted((a, b) => (isBehind(a, b.position, b.id) ? 1 : -1));
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return { rows: page, next: last ? writeCursor([last.position, last.id]) : null };
  }

  /** What was given up, by id. */
  async deadLetters(channel: string | undefined, { limit, cursor }: PageRequest): Promise<Page<Delivery>> {
    const rows: Delivery[] = [];
    let next = cursor;
    let seen = 0;
    do {
      const page = await this.#parts.store.documents('dead_letter', {
        limit: limit - rows.length,
        ...(next !== undefined && { cursor: next }),
      });
      for (const { id, body } of page.rows) {
        const of = id.slice(0, id.indexOf(':'));
        if ((channel ?? of) === of) rows.push(endedView(of, body as unknown as Ended));
      }
      seen += page.rows.length;
      next = page.next ?? undefined;
    } while (next !== undefined && rows.length < limit && seen < MOST_ROWS);
    return { rows, next: next ?? null };
  }

  /** Removes links and dead letters that are long over; how many. */
  async forget(): Promise<number> {
    const before = this.#parts.clock.now() - DEAD_LETTER_MS;
    const letters = removeRemains(
      this.#parts.store,
      'dead_letter',
      (body) => (body as unknown as Ended).at < before,
    );
    return (await letters) + (await this.links.forget());
  }

  /** COUR-6. Asks for an event to be sent to its receiver once more. */
  async redeliver(id: string, by: Attribution, remember?: Remember): Promise<Outcome<null>> {
    const unknown = no('delivery_unknown', `There is nothing to deliver under ${id}.`);
    const wanted = readDeliveryId(id);
    if (wanted) await this.subscriptions.find(wanted.channel);
    const channel = wanted && this.#channelOf(wanted.channel);
    if (!wanted || !channel) return unknown;
    if (kindOf(channel.id) === 'webhook' && !this.subscriptions.get(channel.id)?.enabled)
      return no('webhook_disabled', `The webhook ${channel.id} is switched off. Enable it first.`);
    const [entry] = await this.#parts.store.entries({ position: wanted.position - 1 }, 1);
    if (entry?.position !== wanted.position || !(await channel.select(entry)).includes(wanted.to))
      return unknown;
    const request = { type: REQUESTED, payload: { delivery: id }, by, documents: [], remember };
    const recorded = await this.#records.record(request);
    this.#couriers.get(channel.id)?.wake();
    return recorded;
  }

  /** Sends a message that says nothing to a webhook, now and once. Nothing of the answer but its status is told. */
  async test(
    id: string,
  ): Promise<Outcome<{ readonly status: number | null; readonly error: string | null }>> {
    const subscription = await this.subscriptions.find(id);
    const secrets = await this.subscriptions.secrets(id);
    if (!subscription || !secrets) return no('webhook_unknown', `There is no webhook ${id}.`);
    const { clock, newId } = this.#parts;
    const timestamp = new Date(clock.now()).toISOString();
    const body = JSON.stringify({ type: 'webhook.test', timestamp, data: { webhook: id } });
    const posted = await send(this.#webhook, subscription.url, secrets, { id: `evt_test_${newId()}`, body });
    const error = posted.status === null ? posted.error : null;
    return { ok: true, value: { status: posted.status, error } };
  }

  #ids(): string[] {
    const webhooks = this.subscriptions.all().map(({ id }) => id);
    return this.#parts.mail ? [...webhooks, MAIL] : webhooks;
  }

  /** What is sent again is shown as that, and not as what it came to before. */
  async #recent(id: string): Promise<Delivery[]> {
    const { parcels, recent } = await this.#progress(id);
    const views = [...parcels.map((one) => waitingView(id, one)), ...recent.map((one) => endedView(id, one))];
    const byId = new Map(views.toReversed().map((view) => [view.id, view]));
    return [...byId.values()];
  }

  async #progress(id: string): Promise<Progress> {
    const courier = this.#couriers.get(id);
    if (courier) return courier.progress;
    const stored = await this.#parts.store.document('channel', id);
    return stored ? progressOf(stored.body) : begin(0);
  }
}

const kindOf = (id: string): 'webhook' | 'mail' => (id === MAIL ? 'mail' : 'webhook');

const isBehind = (row: Delivery, position: number, id: string): boolean =>
  row.position < position || (row.position === position && row.id > id);

const waitingView = (channel: string, { again: _, untaken: __, ...parcel }: Parcel): Delivery => ({
  id: deliveryId(channel, parcel),
  channel,
  ...parcel,
  status: 'waiting',
  endedAt: null,
});

const endedView = (channel: string, { outcome, at, again: _, untaken: __, ...parcel }: Ended): Delivery => ({
  id: deliveryId(channel, parcel),
  channel,
  ...parcel,
  status: outcome,
  due: null,
  endedAt: at,
});

const no = (code: string, message: string): { readonly ok: false; readonly rejection: Rejection } => ({
  ok: false,
  rejection: refuse(code, message),
});
