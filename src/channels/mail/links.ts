import { randomBytes } from 'node:crypto';
import { toHex, type Sha256 } from '../../ledger/index.ts';
import { ORGANISATION, type Clock } from '../../runtime/index.ts';
import type { Store } from '../../store/index.ts';
import { removeRemains } from '../remains.ts';

/** Lets one person decide one task, on exactly one subject, once. */
export interface DecisionLink {
  readonly participant: string;
  readonly task: string;
  /** Digest of what is decided on; null where the task is no approval. */
  readonly subject: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly usedAt: number | null;
}
export interface FoundLink {
  /** SHA-256 of the token, which is the id of the link. */
  readonly id: string;
  readonly link: DecisionLink;
  readonly state: 'open' | 'used' | 'expired';
}

const TOKEN_BYTES = 32;
const TOKEN = /^[\w-]{43}$/;
const VALID_MS = 7 * 24 * 3_600_000;
/** How much longer it says what became of it. */
const KEPT_MS = 30 * 24 * 3_600_000;

/**
 * Links that stand for a person.
 *
 * LINK-1  Of a token only the SHA-256 is kept: whoever reads the database can use none.
 * LINK-2  Looking at a link changes nothing. What it is used up by is the decision, under an idempotency key that is the link's own;
 *         `used` is a note of that for whoever comes after.
 * LINK-3  A link is removed a month after it could have been used last, and is unknown from then on.
 */
export class DecisionLinks {
  readonly #store: Store;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #sha256: Sha256;

  constructor(parts: { store: Store; clock: Pick<Clock, 'now'>; sha256: Sha256 }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#sha256 = parts.sha256;
  }

  /** The token of a new link: 256 random bits, Base64url. It is shown to nobody else. */
  async make(participant: string, task: string, subject: string | null): Promise<string> {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const now = this.#clock.now();
    const link = { participant, task, subject, createdAt: now, expiresAt: now + VALID_MS, usedAt: null };
    await this.#write(this.#idOf(token), 0, link);
    return token;
  }

  async find(token: string): Promise<FoundLink | null> {
    if (!TOKEN.test(token)) return null;
    const id = this.#idOf(token);
    const stored = await this.#store.document('decision_link', id);
    if (!stored) return null;
    const link = stored.body as unknown as DecisionLink;
    const isOver = this.#clock.now() >= link.expiresAt;
    return { id, link, state: link.usedAt !== null ? 'used' : isOver ? 'expired' : 'open' };
  }

  async use(id: string): Promise<void> {
    const stored = await this.#store.document('decision_link', id);
    const link = stored && (stored.body as unknown as DecisionLink);
    if (stored && link?.usedAt === null)
      await this.#write(id, stored.revision, { ...link, usedAt: this.#clock.now() });
  }

  /** Removes what nobody will open any more; how many links. */
  forget(): Promise<number> {
    const before = this.#clock.now() - KEPT_MS;
    return removeRemains(this.#store, 'decision_link', (body) => Number(body['expiresAt']) < before);
  }

  #idOf(token: string): string {
    return toHex(this.#sha256(token));
  }

  async #write(id: string, expected: number, link: DecisionLink): Promise<void> {
    const document = { kind: 'decision_link', id, expected, body: { ...link } } as const;
    await this.#store.commit([{ stream: ORGANISATION, expected: null, entries: [], documents: [document] }]);
  }
}
