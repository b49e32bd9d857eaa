import { isObject } from '../../definition/json.ts';
import { toHex, type LedgerEntry, type Sha256 } from '../../ledger/index.ts';
import type { Passport } from '../../routing/index.ts';
import { mayAct, ORGANISATION, type Outcome } from '../../runtime/index.ts';
import type { Store, StoredEntry, TaskRow } from '../../store/index.ts';
import type { Attempt, Channel } from '../channel.ts';
import { deliveryId, readEntry, typeOf, type Parcel } from '../parcel.ts';
import type { Contacts } from './contacts.ts';
import { letterOf, noticeLetter, type Letter, type Notice, type Occasion, type Question } from './letter.ts';
import type { DecisionLinks } from './links.ts';
import { MailRefused, ReceiverBusy, type PostOffice } from './post-office.ts';
import { answerTo, decidersOf, isOwn, mayAsk, mayTell, receiversOf, taskAsked, toldOf } from './receivers.ts';

export interface People {
  passport(id: string): Passport | null;
  passports(): readonly Passport[];
  /** Whether the party (a role, a group, a post, an id) is them. */
  isNamed(passport: Passport, party: string): boolean;
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
  'task.overdue': 'escalated',
};
/** What has been done, as a notice says it. */
const DONE: Readonly<Record<string, string>> = {
  'access.refused': 'A policy refused something',
  'delegation.approved': 'Rights were delegated',
  'delegation.created': 'Rights were delegated',
  'delegation.escalated': 'A delegation still waits for an approval',
  'delegation.narrowed': 'A delegation was made narrower',
  'delegation.proposed': 'A delegation waits for an approval',
  'launch.escalated': 'The start of a run still waits for an approval',
  'run.created': 'A run was started',
  'task.started': 'A task was begun',
  'task.completed': 'A task was completed',
  'task.overdue': 'A task is overdue',
  'tool.requested': 'A call of a tool was asked for',
  'tool.denied': 'A call of a tool was denied',
};
const START_WAITS = 'The start of a run waits for an approval';

/**
 * Mails to people about what waits for them, and about what policies and deadlines say that they are told of. A question that is over
 * when its turn comes is not sent, and nothing to whoever may not act by then.
 */
export class MailChannel implements Channel {
  readonly id = MAIL;
  readonly patience = null;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async select(entry: StoredEntry): Promise<readonly string[]> {
    const { contacts } = this.#parts;
    const type = typeOf(entry);
    const reachable: string[] = [];
    for (const { id } of [...(await this.#asked(type, entry)), ...this.#told(type, entry)]) {
      if (reachable.length === MOST_RECEIVERS) break;
      if (!reachable.includes(id) && (await contacts.get(id))?.email) reachable.push(id);
    }
    return reachable;
  }

  async #asked(type: string, entry: StoredEntry): Promise<readonly Passport[]> {
    if (entry.stream === ORGANISATION || !mayAsk(type)) return [];
    const { payload, actor } = readEntry(entry);
    const asked = taskAsked(type, payload);
    const task = asked === null ? null : await this.#parts.store.task(asked);
    return task ? receiversOf(type, { task, actor, payload }, this.#parts.people) : [];
  }

  #told(type: string, entry: StoredEntry): readonly Passport[] {
    if (!mayTell(type, entry.text)) return [];
    const happened = readEntry(entry);
    const named = toldOf(type, happened.payload);
    if (named.length + decidersOf(type, happened.payload).length === 0) return [];
    const isTold = (one: Passport): boolean =>
      one.kind === 'human' && mayAct(one) && (this.#isOf(one, named) || this.#decides(one, happened));
    return this.#parts.people.passports().filter(isTold);
  }

  #isOf(passport: Passport, parties: readonly string[]): boolean {
    return parties.some((party) => this.#parts.people.isNamed(passport, party));
  }

  #decides(passport: Passport, happened: LedgerEntry): boolean {
    const { type, payload } = happened;
    return !isOwn(happened, passport.id) && this.#isOf(passport, decidersOf(type, payload));
  }

  async attempt(parcel: Parcel, entry: StoredEntry, signal: AbortSignal): Promise<Attempt> {
    const { people, contacts } = this.#parts;
    const passport = parcel.to === null ? null : people.passport(parcel.to);
    const to = passport && mayAct(passport) && (await contacts.get(passport.id))?.email;
    const letter = passport && to ? await this.#letter(entry, passport) : null;
    if (!letter || !to) return { outcome: 'dropped' };
    return unlessAborted(this.#send(parcel, letter, to), signal);
  }

  /** Who could do something about it is asked, else told. Null where neither is due any more. */
  async #letter(entry: StoredEntry, passport: Passport): Promise<Letter | null> {
    const type = typeOf(entry);
    const task = taskAsked(type, readEntry(entry).payload);
    const question = task === null ? null : await this.#parts.ask(task, passport);
    if (question?.ok && question.value)
      return this.#request(question.value, passport, OCCASIONS[type] ?? 'asked');
    if (!this.#told(type, entry).some(({ id }) => id === passport.id)) return null;
    const notice = await this.#notice(entry, passport);
    return notice && noticeLetter(notice, passport.name);
  }

  /** Null where they were to decide on a start that has been decided on. */
  async #notice(entry: StoredEntry, passport: Passport): Promise<Notice | null> {
    const happened = readEntry(entry);
    const { type, payload, actor, at, run: stream } = happened;
    const run = stream === ORGANISATION ? null : await this.#parts.store.run(stream);
    const waits = run === null || (run.status === 'pending_approval' && run.startedBy !== passport.id);
    const decides = waits && this.#decides(passport, happened);
    if (!decides && !this.#isOf(passport, toldOf(type, payload))) return null;
    const { ruled, step, task, definition } = payload;
    const reasons = isObject(ruled) && Array.isArray(ruled['reasons']) ? ruled['reasons'] : [];
    const policies = reasons.flatMap((reason) =>
      isObject(reason) && typeof reason['policy'] === 'string' ? [reason['policy']] : [],
    );
    const about = [task, step, definition].find((name) => typeof name === 'string');
    const done = decides && type === 'run.created' ? START_WAITS : (DONE[type] ?? type);
    const what = about === undefined ? done : `${done} (${about})`;
    const by = this.#parts.people.passport(actor)?.name ?? actor;
    const answer = decides ? answerTo(happened) : null;
    return { what, definition: run?.definition ?? null, run: run?.id ?? null, by, policies, at, answer };
  }

  /** Each attempt has a link of its own: nobody knows the token of the one before. */
  async #request(question: Question, { id, name }: Passport, occasion: Occasion): Promise<Letter> {
    const { links, publicUrl } = this.#parts;
    const token = await links.make(id, question.task, question.subject);
    return letterOf(question, name, `${publicUrl}/decisions/${token}`, occasion);
  }

  async #send(parcel: Parcel, letter: Letter, to: string): Promise<Attempt> {
    try {
      await this.#parts.office.send({ ...letter, to, messageId: this.#messageId(parcel) });
      return { outcome: 'delivered' };
    } catch (fault) {
      const error = fault instanceof Error ? fault.message : String(fault);
      if (fault instanceof MailRefused) return { outcome: 'refused', error };
      return { outcome: 'failed', error, isReceiver: fault instanceof ReceiverBusy };
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
