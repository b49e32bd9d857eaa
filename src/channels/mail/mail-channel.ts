import { toHex, type Sha256 } from '../../ledger/index.ts';
import type { Passport } from '../../routing/index.ts';
import { ORGANISATION, type Outcome } from '../../runtime/index.ts';
import type { Store, StoredEntry, TaskRow } from '../../store/index.ts';
import type { Attempt, Channel } from '../channel.ts';
import { deliveryId, readEntry, typeOf, type Parcel } from '../parcel.ts';
import type { Contacts } from './contacts.ts';
import { letterOf, type Occasion, type Question } from './letter.ts';
import type { DecisionLinks } from './links.ts';
import { MailRefused, type PostOffice } from './post-office.ts';
import { mayAsk, receiversOf, taskAsked } from './receivers.ts';

export interface People {
  passport(id: string): Passport | null;
  passports(): readonly Passport[];
  /** Whether they may take the task, or decide it. */
  mayTake(task: TaskRow, passport: Passport): boolean;
}
/** What is asked of somebody, as they would be shown it; null when they can do nothing about it now. */
export type Ask = (task: string, passport: Passport) => Promise<Outcome<Question | null>>;

interface Parts {
  readonly store: Store;
  readonly sha256: Sha256;
  readonly people: People;
  readonly contacts: Contacts;
  readonly links: DecisionLinks;
  readonly office: PostOffice;
  readonly ask: Ask;
  /** Where people reach the server: `https://work.example.com`. */
  readonly publicUrl: string;
}

export const MAIL = 'mail';
/** A task that is everybody's is nobody's: so many are told of it, at most. */
const MOST_RECEIVERS = 100;
const OCCASIONS: Readonly<Record<string, Occasion>> = {
  'task.reminded': 'reminded',
  'task.escalated': 'escalated',
};

/** Mails to people about what waits for them. What is over when its turn comes is not sent. */
export class MailChannel implements Channel {
  readonly id = MAIL;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async select(entry: StoredEntry): Promise<readonly string[]> {
    if (entry.stream === ORGANISATION) return [];
    const { store, people, contacts } = this.#parts;
    if (!mayAsk(typeOf(entry))) return [];
    const { type, payload, actor } = readEntry(entry);
    const asked = taskAsked(type, payload);
    const task = asked === null ? null : await store.task(asked);
    if (!task) return [];
    const receivers = receiversOf(type, { task, actor, payload }, people);
    const reachable: string[] = [];
    for (const { id } of receivers) {
      if (reachable.length === MOST_RECEIVERS) break;
      if ((await contacts.get(id))?.email) reachable.push(id);
    }
    return reachable;
  }

  async attempt(parcel: Parcel, entry: StoredEntry, signal: AbortSignal): Promise<Attempt> {
    const { people, contacts, ask } = this.#parts;
    const { type, payload } = readEntry(entry);
    const passport = parcel.to === null ? null : people.passport(parcel.to);
    const task = taskAsked(type, payload);
    if (!passport || task === null) return { outcome: 'dropped' };
    const email = (await contacts.get(passport.id))?.email;
    const question = await ask(task, passport);
    if (!email || !question.ok || !question.value) return { outcome: 'dropped' };
    const sent = this.#send(parcel, question.value, passport, email, OCCASIONS[type] ?? 'asked');
    return unlessAborted(sent, signal);
  }

  /** Each attempt has a link of its own: nobody knows the token of the one before. */
  async #send(
    parcel: Parcel,
    question: Question,
    { id, name }: Passport,
    to: string,
    occasion: Occasion,
  ): Promise<Attempt> {
    const { links, office, publicUrl } = this.#parts;
    const token = await links.make(id, question.task, question.subject);
    const letter = letterOf(question, name, `${publicUrl}/decisions/${token}`, occasion);
    try {
      await office.send({ ...letter, to, messageId: this.#messageId(parcel) });
      return { outcome: 'delivered' };
    } catch (fault) {
      const error = fault instanceof Error ? fault.message : String(fault);
      return { outcome: fault instanceof MailRefused ? 'refused' : 'failed', error };
    }
  }

  #messageId(parcel: Parcel): string {
    const digest = toHex(this.#parts.sha256(`${this.#parts.publicUrl} ${deliveryId(MAIL, parcel)}`));
    return `<${digest.slice(0, 32)}@${new URL(this.#parts.publicUrl).hostname}>`;
  }
}

/** The mail may go out all the same; then it goes out once more, with the same id. */
const unlessAborted = (sent: Promise<Attempt>, signal: AbortSignal): Promise<Attempt> => {
  const { promise, resolve, reject } = Promise.withResolvers<Attempt>();
  const abort = (): void => resolve({ outcome: 'failed', error: 'the server stopped' });
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  sent.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  return promise;
};
