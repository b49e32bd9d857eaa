import type { DocumentRevision, Store } from '../../store/index.ts';
import type { Pending } from './documents.ts';

const KIND = 'edition';
const ID = 'organisation';
const nothing = (): void => {};

/**
 * Counts the changes of what acts rest on: passports, tokens, delegations, policies, grants, the emergency stop.
 *
 * EDITION-1  Memory has at least all that led to the edition that it names.
 * EDITION-2  What is decided names the edition that it was decided on, in its commit, and is refused there once there is a later one.
 *            It is decided anew when memory has come forward; where that cannot be read, it is not decided.
 * EDITION-3  `current` resolves when memory has all that was acknowledged, by whatever node, before it was called.
 */
export class Edition {
  readonly #store: Store;
  readonly #follow: () => Promise<void>;
  #known = 0;
  /** With what is on its way. */
  #latest = 0;
  #looking: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #isBehind = false;
  #coming: Promise<void> | null = null;

  /** `follow` reads what others have written, up to now, and tells of it by `reached`. */
  constructor(store: Store, follow: () => Promise<void>) {
    this.#store = store;
    this.#follow = follow;
  }

  get known(): number {
    return this.#known;
  }

  get premise(): DocumentRevision {
    return { kind: KIND, id: ID, revision: this.#known };
  }

  async read(): Promise<number> {
    return (await this.#store.document(KIND, ID))?.revision ?? 0;
  }

  /** Memory has all that led to it. */
  reached(edition: number): void {
    this.#known = Math.max(this.#known, edition);
    this.#latest = Math.max(this.#latest, edition);
  }

  /** Written with a change of what acts rest on. */
  following(): Pending {
    const expected = this.#latest;
    return {
      write: () => {
        this.#latest = expected + 1;
        return { kind: KIND, id: ID, expected, body: {} };
      },
      settle: () => this.reached(expected + 1),
      forget: () => void (this.#latest = this.#known),
    };
  }

  /** EDITION-3. Who asks while it is being read waits for the next reading, which all of them share. */
  current(): Promise<void> {
    if (!this.#looking) {
      this.#looking = this.#look().finally(() => (this.#looking = null));
      return this.#looking;
    }
    this.#next ??= this.#looking.catch(nothing).then(() => {
      this.#next = null;
      return this.current();
    });
    return this.#next;
  }

  async #look(): Promise<void> {
    if ((await this.read()) > this.#known) await this.#follow();
  }

  /** A commit was refused since there is a later one. */
  overtaken(): void {
    this.#isBehind = true;
  }

  /** What a decision has to wait for; null when nothing is known against memory. */
  get behind(): Promise<void> | null {
    if (!this.#isBehind) return null;
    this.#coming ??= this.current()
      .then(() => void (this.#isBehind = false))
      .finally(() => (this.#coming = null));
    return this.#coming;
  }
}

/**
 * Changes that take nothing from anybody and bind nobody: what was decided before them holds after them. All others are counted, and so is
 * one of these that narrows what somebody had, or by which they stand in for nobody.
 */
const HARMLESS: ReadonlySet<string> = new Set([
  'access.refused',
  'claim.declared',
  'claim.granted',
  'claim.verified',
  'contact.changed',
  'definition.saved',
  'delegation.agreed',
  'delegation.approved',
  'delegation.created',
  'delegation.escalated',
  'delegation.expired',
  'delegation.proposed',
  'delegation.rejected',
  'delegation.unpaused',
  'delivery.requested',
  'emergency_stop.lift_proposed',
  'participant.availability',
  'participant.key_proved',
  'participant.key_registered',
  'participant.registered',
  'participant.unsuspended',
  'plan.created',
  'plan.edited',
  'plan.started',
  'policy.proposed',
  'policy.rejected',
  'policy.withdrawn',
  'token.issued',
  'visibility.set',
  'webhook.changed',
  'webhook.created',
  'webhook.deleted',
  'webhook.disabled',
  'webhook.secret_rotated',
]);

/** Whether what was decided before such a change may be wrong after it. */
export const isCounted = (type: string): boolean => !HARMLESS.has(type);
