import { accountableFor, type Directory, type Passport } from '../routing/index.ts';
import type { Clock } from './clock.ts';
import type { GroupOf, ReadyTask } from './ready-queue.ts';
import type { Requirement, Router } from './router.ts';

/** Claims expire, so that what was found out about somebody is asked again after this. */
const REMEMBER_MS = 1000;

/** Who may take what, as far as it has been found out. It is forgotten whenever the organisation changes, and after a while. */
export class KnownTakers {
  readonly #clock: Clock;
  readonly #directory: Directory;
  readonly #router: () => Pick<Router, 'objection'>;
  /** By participant and group. */
  readonly #may = new Map<string, Map<string, boolean>>();
  /** By task, whom a policy has kept from it, when they came for it. */
  readonly #denied = new Map<string, Set<string>>();
  #until = 0;

  constructor(parts: {
    readonly clock: Clock;
    readonly directory: Directory;
    readonly router: () => Pick<Router, 'objection'>;
  }) {
    this.#clock = parts.clock;
    this.#directory = parts.directory;
    this.#router = parts.router;
  }

  /** READY-1. Constraints of claims are about one task, and looked at when it is taken. */
  may(participant: string, { key, asked }: GroupOf): boolean {
    if (this.#clock.now() >= this.#until) this.forget();
    let known = this.#may.get(participant);
    if (!known) this.#may.set(participant, (known = new Map()));
    let may = known.get(key);
    if (may === undefined) {
      const work: Requirement = { ...asked, excluded: [] };
      may = this.#router().objection(work, participant) === null;
      known.set(key, may);
    }
    return may;
  }

  fits(passport: Passport, { task, excluded, separate, offeredTo }: ReadyTask): boolean {
    if (this.isDenied(task, passport.id)) return false;
    if (offeredTo && !offeredTo.includes(passport.id)) return false;
    if (excluded.includes(passport.id)) return false;
    const human = accountableFor(passport);
    return !separate.some(
      (id) => id === passport.id || id === human || this.#directory.accountable(id) === human,
    );
  }

  /** Itself, and those in whose place it is asked. */
  namesOf(participant: string): readonly string[] {
    return [participant, ...this.#directory.represented(participant).map(({ passport }) => passport.id)];
  }

  isDenied(task: string, participant: string): boolean {
    return this.#denied.get(task)?.has(participant) ?? false;
  }

  deny(task: string, participant: string): void {
    const kept = this.#denied.get(task) ?? new Set();
    this.#denied.set(task, kept.add(participant));
  }

  forgetDenials(): void {
    this.#denied.clear();
  }

  forget(): void {
    this.#may.clear();
    this.#denied.clear();
    this.#until = this.#clock.now() + REMEMBER_MS;
  }
}
