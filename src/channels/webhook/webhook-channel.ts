import { ORGANISATION, type Clock } from '../../runtime/index.ts';
import type { Store, StoredEntry } from '../../store/index.ts';
import type { Attempt, Channel } from '../channel.ts';
import { eventId, readEntry, typeOf, type Parcel } from '../parcel.ts';
import { retryAfter } from '../retry.ts';
import { post, type Outside, type Posted } from './post.ts';
import { signedHeaders } from './signature.ts';
import { asksFor, covers, signingSecrets, type Secrets, type Subscription } from './subscription.ts';

export interface WebhookParts {
  readonly store: Store;
  readonly clock: Pick<Clock, 'now'>;
  readonly outside: Outside;
  readonly userAgent: string;
}

const GONE = 410;
const PATIENCE_MS = 5 * 24 * 3_600_000;

/** What a receiver gets: type, time and content, as the convention has them. */
const bodyOf = (entry: StoredEntry): string => {
  const { type, at, payload, ...attributes } = readEntry(entry);
  const { run, sequence, version, actor, onBehalfOf, authority, layer } = attributes;
  const place = { index: entry.position, run, sequence, version };
  const data = { ...place, actor, onBehalfOf, authority, layer, payload };
  return JSON.stringify({ type, timestamp: new Date(at).toISOString(), data });
};

/** Sends a signed message. */
export async function send(
  { clock, outside, userAgent }: WebhookParts,
  url: string,
  secrets: Secrets,
  message: { readonly id: string; readonly body: string },
  signal?: AbortSignal,
): Promise<Posted> {
  const now = clock.now();
  const signed = { ...message, timestamp: Math.floor(now / 1000) };
  const headers = {
    'content-type': 'application/json',
    'user-agent': userAgent,
    ...signedHeaders(signed, signingSecrets(secrets, now)),
  };
  return post({ url, headers, body: message.body }, outside, signal);
}

/**
 * One subscription as a channel. What it asks for and where it sends to are read at every use, so that a change counts at once; null
 * when it is no more.
 */
export class WebhookChannel implements Channel {
  readonly id: string;
  readonly patience = PATIENCE_MS;
  readonly #parts: WebhookParts;
  readonly #subscription: () => Subscription | null;

  constructor(parts: WebhookParts, id: string, subscription: () => Subscription | null) {
    this.id = id;
    this.#parts = parts;
    this.#subscription = subscription;
  }

  async select(entry: StoredEntry): Promise<readonly null[]> {
    const subscription = this.#subscription();
    if (!subscription || !asksFor(subscription, typeOf(entry)) || !covers(subscription, readEntry(entry)))
      return [];
    const { definitions } = subscription.filter;
    if (definitions.length === 0) return [null];
    if (entry.stream === ORGANISATION) return [];
    const run = await this.#parts.store.run(entry.stream);
    return run && definitions.includes(run.definition) ? [null] : [];
  }

  async attempt(_: Parcel, entry: StoredEntry, signal: AbortSignal): Promise<Attempt> {
    const subscription = this.#subscription();
    const stored = subscription && (await this.#parts.store.document('webhook_secret', this.id));
    if (!subscription) return { outcome: 'dropped' };
    if (!stored) return { outcome: 'refused', error: 'it has no signing secret' };
    const secrets = stored.body as unknown as Secrets;
    const message = { id: eventId(entry), body: bodyOf(entry) };
    const posted = await send(this.#parts, subscription.url, secrets, message, signal);
    return this.#judge(posted);
  }

  #judge(posted: Posted): Attempt {
    if (posted.status === null) return { outcome: 'failed', error: posted.error };
    const { status } = posted;
    if (status >= 200 && status < 300) return { outcome: 'delivered' };
    if (status === GONE)
      return { outcome: 'gone', error: 'the receiver answered 410: it wants nothing any more' };
    const moved = status >= 300 && status < 400 ? ', and redirections are not followed' : '';
    const after = retryAfter(posted.retryAfter, this.#parts.clock.now());
    return { outcome: 'failed', error: `the receiver answered ${status}${moved}`, after };
  }
}
