import { LRUCache } from 'lru-cache';
import type { JsonObject } from '../../definition/index.ts';
import type { Attribution } from '../../engine/index.ts';
import { toHex, type Sha256 } from '../../ledger/index.ts';
import { pagesOf, type Page, type PageRequest, type Store } from '../../store/index.ts';
import type { Outcome } from '../runs.ts';
import { done, no } from './outcome.ts';
import { unknownParticipant } from './participants.ts';
import { mayAct, type Passports } from './passports.ts';
import type { FullPassport } from '../../routing/index.ts';
import { writing, type OrganisationStream, type RememberOf } from './stream.ts';

export interface TokenRecord {
  /** `token_…`, not the secret. */
  readonly id: string;
  readonly passport: string;
  readonly label: string;
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

const PAGE = 1000;
const KNOWN = 10_000;

/**
 * What participants show to be who they are.
 *
 * TOKEN-1  Of a token only the SHA-256 is kept.
 * TOKEN-2  It stands for its participant while that one may act, which for agents and systems rests on their owner.
 */
export class Tokens {
  readonly #store: Store;
  readonly #sha256: Sha256;
  readonly #passports: Passports;
  readonly #stream: OrganisationStream;
  readonly #known = new LRUCache<string, TokenRecord>({ max: KNOWN });
  readonly #onRevoked: (participant: string) => void;
  /** How often somebody else has changed one. */
  #changes = 0;

  constructor(
    { store, sha256 }: { readonly store: Store; readonly sha256: Sha256 },
    passports: Passports,
    stream: OrganisationStream,
    onRevoked: (participant: string) => void,
  ) {
    this.#onRevoked = onRevoked;
    this.#store = store;
    this.#sha256 = sha256;
    this.#passports = passports;
    this.#stream = stream;
  }

  /** `secret` is shown to nobody again: only its hash is kept. */
  issue(
    secret: string,
    token: TokenRecord,
    by: Attribution,
    remember?: RememberOf<TokenRecord>,
  ): Promise<Outcome<TokenRecord>> {
    return this.#stream.change({
      by,
      fixed: true,
      remember,
      decide: () => {
        const passport = this.#passports.get(token.passport);
        if (!passport) return unknownParticipant(token.passport);
        if (passport.status === 'revoked')
          return no('participant_revoked', `${passport.name} is revoked, for good.`);
        const write = { kind: 'token', id: this.#hash(secret), expected: 0, body: asJson(token) } as const;
        return done({ type: 'token.issued', payload: token, changes: [writing(write)], value: token });
      },
    });
  }

  /** The participant that a token stands for; null when it stands for nobody, or for one who may not act. */
  async authenticate(secret: string): Promise<FullPassport | null> {
    const hash = this.#hash(secret);
    const token = this.#known.get(hash) ?? (await this.#read(hash));
    if (!token || token.revokedAt !== null) return null;
    const passport = this.#passports.get(token.passport);
    return passport && mayAct(passport) ? passport : null;
  }

  /** What was read before somebody else changed one is read again. */
  async #read(hash: string): Promise<TokenRecord | null> {
    for (;;) {
      const before = this.#changes;
      const stored = await this.#store.document('token', hash);
      const known = this.#known.get(hash);
      if (known) return known;
      if (before !== this.#changes) continue;
      if (!stored) return null;
      const token = stored.body as unknown as TokenRecord;
      this.#known.set(hash, token);
      return token;
    }
  }

  async list(page: PageRequest): Promise<Page<TokenRecord>> {
    const { rows, next } = await this.#store.documents('token', page);
    return { rows: rows.map(({ body }) => body as unknown as TokenRecord), next };
  }

  async revoke(
    id: string,
    by: Attribution,
    remember?: RememberOf<TokenRecord>,
  ): Promise<Outcome<TokenRecord>> {
    const found = await this.#find(id);
    if (!found) return no('token_unknown', `There is no token ${id}.`);
    const { hash, revision, token } = found;
    return this.#stream.change({
      by,
      fixed: true,
      remember,
      decide: (now) => {
        if (token.revokedAt !== null) return no('token_revoked', `Token ${id} has been revoked already.`);
        const revoked = { ...token, revokedAt: now };
        const write = { kind: 'token', id: hash, expected: revision, body: asJson(revoked) } as const;
        const settled = (): void => {
          this.#known.set(hash, revoked);
          this.#onRevoked(revoked.passport);
        };
        const changes = [writing(write, settled)];
        return done({ type: 'token.revoked', payload: revoked, changes, value: revoked });
      },
    });
  }

  /** Somebody else has changed one. */
  forget(): void {
    this.#changes += 1;
    this.#known.clear();
  }

  async #find(id: string) {
    for await (const rows of pagesOf(PAGE, (page) => this.#store.documents('token', page)))
      for (const { id: hash, revision, body } of rows) {
        const token = body as unknown as TokenRecord;
        if (token.id === id) return { hash, revision, token };
      }
    return null;
  }

  #hash(secret: string): string {
    return toHex(this.#sha256(secret));
  }
}

const asJson = (token: TokenRecord): JsonObject => ({ ...token });
