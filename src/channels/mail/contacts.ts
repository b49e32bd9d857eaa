import type { Attribution } from '../../engine/index.ts';
import type { Outcome, Remember } from '../../runtime/index.ts';
import type { Store } from '../../store/index.ts';
import type { Records } from '../records.ts';

/** Where a participant is reached. */
export interface Contact {
  readonly participant: string;
  /** Null: by no mail. */
  readonly email: string | null;
  readonly updatedAt: number;
}

/** Where people are reached. The address is in its document alone: the ledger, which is for ever, says only that there is one. */
export class Contacts {
  readonly #store: Store;
  readonly #records: Records;

  constructor(parts: { store: Store; records: Records }) {
    this.#store = parts.store;
    this.#records = parts.records;
  }

  async get(participant: string): Promise<Contact | null> {
    const stored = await this.#store.document('contact', participant);
    return stored && (stored.body as unknown as Contact);
  }

  async set(contact: Contact, by: Attribution, remember?: Remember): Promise<Outcome<Contact>> {
    const { participant: id, email } = contact;
    const stored = await this.#store.document('contact', id);
    const document = { kind: 'contact', id, expected: stored?.revision ?? 0, body: { ...contact } } as const;
    const payload = { participant: id, mail: email !== null };
    const type = 'contact.changed';
    const outcome = await this.#records.record({ type, payload, by, documents: [document], remember });
    return outcome.ok ? { ok: true, value: contact } : outcome;
  }
}
