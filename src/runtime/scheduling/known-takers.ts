import type { Json } from '../../definition/index.ts';
import type { Directory, Reason } from '../../routing/index.ts';
import type { Store } from '../../store/index.ts';
import type { Clock } from '../clock.ts';
import { KnownFacts } from './known-facts.ts';
import type { GroupOf, ReadyQueue, ReadyTask } from './ready-queue.ts';
import type { Router } from './router.ts';

/** Claims expire, so that what was found out about somebody is asked again after this. */
const REMEMBER_MS = 1000;
/** Tasks of which it is read at once what they bring. */
const MOST_READ = 100;
const NONE: ReadonlySet<string> = new Set();

/** Who may take what, as far as it has been found out. It is forgotten whenever the organisation changes, and after a while. */
export class KnownTakers {
  readonly #clock: Clock;
  readonly #directory: Directory;
  readonly #router: () => Pick<Router, 'objection'>;
  readonly #facts: KnownFacts;
  /** Why not, by participant and group. */
  readonly #whyNot = new Map<string, Map<string, Reason | null>>();
  /** By task, to whom it was refused when they came for it. */
  readonly #denied = new Map<string, Set<string>>();
  #forgotten = 0;
  #until = 0;

  constructor(parts: {
    readonly clock: Clock;
    readonly directory: Directory;
    readonly router: () => Pick<Router, 'objection'>;
    readonly store: Pick<Store, 'tasksNamed'>;
  }) {
    this.#facts = new KnownFacts(parts.store);
    this.#clock = parts.clock;
    this.#directory = parts.directory;
    this.#router = parts.router;
  }

  /**
   * The first in a queue that the participant may do, of the groups that it wants and beside tasks and runs that are refused; null where
   * there is none. A promise while it is read what tasks bring that its claims have bounds about: then it is to be asked again.
   */
  first(
    queue: ReadyQueue,
    participant: string,
    wants: (group: GroupOf) => boolean,
    refused: ReadonlySet<string> = NONE,
  ): ReadyTask | null | Promise<void> {
    const bounds = this.#boundsOf(participant);
    const unread: ReadyTask[] = [];
    const found = queue.take({
      names: this.#namesOf(participant),
      may: (group) => wants(group) && this.may(participant, group),
      fits: (task) => {
        if (refused.has(task.task) || refused.has(task.run) || !this.#isOpenTo(participant, task))
          return false;
        return this.#isWithin(bounds, participant, task) ?? unread.push(task) === MOST_READ;
      },
    });
    if (unread.length === 0) return found;
    if (found) queue.putBack(found);
    return this.#facts.read(unread, bounds);
  }

  /** READY-1 */
  may(participant: string, group: GroupOf): boolean {
    const reason = this.#objection(participant, group);
    return reason === null || reason === 'constraint';
  }

  /** Why the participant may not do what a group asks for, of which nothing else is known. */
  #objection(participant: string, { key, asked }: GroupOf): Reason | null {
    if (this.#clock.now() >= this.#until) this.forget();
    let known = this.#whyNot.get(participant);
    if (!known) this.#whyNot.set(participant, (known = new Map()));
    let reason = known.get(key);
    if (reason === undefined) {
      reason = this.#router().objection({ ...asked, excluded: [] }, participant)?.reason ?? null;
      known.set(key, reason);
    }
    return reason;
  }

  #isOpenTo(participant: string, { task, excluded, separate, offeredTo }: ReadyTask): boolean {
    if (this.isDenied(task, participant)) return false;
    if (offeredTo && !offeredTo.includes(participant)) return false;
    if (excluded.includes(participant)) return false;
    const human = this.#directory.accountable(participant);
    return !separate.some((id) => id === participant || this.#directory.accountable(id) === human);
  }

  /** Names of what its claims have bounds about. */
  #boundsOf(participant: string): readonly string[] {
    const claims = this.#directory.passport(participant)?.claims ?? [];
    return claims.flatMap(({ constraints }) => constraints.map(({ fact }) => fact.split('.')[0] as string));
  }

  /** Whether the task is one that the claims of the participant hold for; null where that is to be read. */
  #isWithin(bounds: readonly string[], participant: string, task: ReadyTask): boolean | null {
    if (this.#objection(participant, task) !== 'constraint') return true;
    const input = this.#facts.of(task, bounds);
    return input && this.#router().objection({ ...task.asked, excluded: [], input }, participant) === null;
  }

  /** What a task brings that the claims of the participant have bounds about is known, and need not be read. */
  keepFacts(participant: string, task: ReadyTask, input: Json): void {
    const bounds = this.#boundsOf(participant);
    if (bounds.length > 0) this.#facts.keep(task, bounds, input);
  }

  /** What the task brings is known, and is not within the bounds of the participant's claims. */
  isBeyond(participant: string, task: ReadyTask): boolean {
    return this.#isWithin(this.#boundsOf(participant), participant, task) === false;
  }

  /** Itself, and those in whose place it is asked. */
  #namesOf(participant: string): readonly string[] {
    return [participant, ...this.#directory.represented(participant).map(({ passport }) => passport.id)];
  }

  isDenied(task: string, participant: string): boolean {
    return this.#denied.get(task)?.has(participant) ?? false;
  }

  /** How often what was denied has been forgotten, as it may be allowed since. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** `asked`: how often it had been when that was asked. Whether it is denied still, and kept. */
  deny(task: string, participant: string, asked: number): boolean {
    if (asked !== this.#forgotten) return false;
    const kept = this.#denied.get(task) ?? new Set();
    this.#denied.set(task, kept.add(participant));
    return true;
  }

  /** What was refused to them may be given to them. */
  allow(participant: string): void {
    for (const denied of this.#denied.values()) denied.delete(participant);
  }

  forgetDenials(): void {
    this.#denied.clear();
    this.#forgotten += 1;
  }

  forget(): void {
    this.#whyNot.clear();
    this.#denied.clear();
    this.#until = this.#clock.now() + REMEMBER_MS;
  }
}
