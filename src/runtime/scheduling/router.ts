import {
  isArtifactRef,
  type Assign,
  type Json,
  type JsonObject,
  type Safety,
} from '../../definition/index.ts';
import type { Placement, Rejection, RunState, Task, Work } from '../../engine/index.ts';
import {
  compact,
  eligible,
  hasOwner,
  isOnDuty,
  missing,
  objection,
  pushOf,
  route,
  usualPush,
  wanted,
  workOf,
  type Choice,
  type Directory,
  type Explanation,
  type Objection,
  type Situation,
  type Strategy,
  type Work as Asked,
} from '../../routing/index.ts';
import type { Clock } from '../clock.ts';
import type { Forbids } from '../policies/index.ts';
import type { Assigner, Claim, Claims } from './assigner.ts';
import type { Begun } from './begun.ts';
import type { RoutingHistory } from '../track-records.ts';
import { wants, type Waiter, type Waiters } from './waiters.ts';
import type { Workload } from './workload.ts';

/** What a task asks for, of whomever it is asked. */
export type Requirement = Pick<Task, 'requires' | 'by' | 'from' | 'excluded'> &
  Partial<Pick<Task, 'level' | 'safety' | 'separate' | 'offeredTo' | 'input' | 'kind'>>;

export interface RouterParts {
  readonly clock: Clock;
  readonly directory: Directory;
  readonly history: RoutingHistory;
  readonly workload: Workload;
  readonly begun: Begun;
  readonly waiters: Waiters;
  /** Something is held that is yet to be written; the answer is called when it is. */
  holding(): () => void;
  /** Whoever had been set aside for a task waits on. */
  comeBack(waiter: Waiter): void;
}

/** Humans who handled the case before, as many as matter. */
const MOST_FAMILIAR = 20;
/** The safest there is: what a rule of routing, and no task, asks for. */
const SAFEST: Safety = 'read_only';

/**
 * Who is to do a task: what routing says, of who there is and how things stand now.
 *
 * ROUTER-1  An agent that waits begins in the commit that creates its task; what is somebody's without that is reserved.
 * ROUTER-2  What a strategy is to choose for is not open to whoever comes: where nobody can take it now, it is held.
 */
export class Router implements Assigner {
  #clock: Clock;
  #directory: Directory;
  #history: RoutingHistory;
  #workload: Workload;
  #begun: Begun;
  #waiters: Waiters;
  #holding: () => () => void;
  #comeBack: (waiter: Waiter) => void;
  #known: Omit<Situation, 'now' | 'seed' | 'forbidden'>;
  #forbids: Forbids = null;

  constructor(parts: RouterParts) {
    this.#clock = parts.clock;
    this.#directory = parts.directory;
    this.#history = parts.history;
    this.#workload = parts.workload;
    this.#begun = parts.begun;
    this.#waiters = parts.waiters;
    this.#holding = () => parts.holding();
    this.#comeBack = (waiter) => parts.comeBack(waiter);
    this.#known = {
      trackRecord: (id, capability) => this.#history.record(id, capability),
      lastAssigned: (key, id) => this.#history.lastAssigned(key, id),
    };
  }

  #situation(seed: string): Situation {
    return { ...this.#known, forbidden: this.#forbids, now: this.#clock.now(), seed };
  }

  /** What policies forbid holds for as long as something is asked, which is without a pause. */
  #under<Answer>(forbids: Forbids, ask: () => Answer): Answer {
    this.#forbids = forbids;
    try {
      return ask();
    } finally {
      this.#forbids = null;
    }
  }

  // --- giving out -----------------------------------------------------------------------------------------------

  route(work: Work, forbids: Forbids = null): ReturnType<Assigner['route']> {
    return this.#under(forbids, () => this.#route(work));
  }

  #route(work: Work): ReturnType<Assigner['route']> {
    const asked = askedOf(work);
    const { choice, explanation } = this.#workload.without(work.task, work.run, () =>
      route(this.#directory, asked, this.#situation(work.task)),
    );
    const claim = this.#claim(work, asked, choice);
    const placement = claim?.begins ?? placementOf(choice, asked);
    return { routed: { placement, explanation: compact(explanation) }, claim };
  }

  #claim(work: Work, asked: Asked, choice: Choice): (Claim & { readonly begins?: Placement }) | null {
    if (asked.when === 'early') return null;
    if (choice.kind === 'assigned') return this.#give(work, asked, choice.to);
    if (!isPulled(asked)) return { leaseUntil: null, settle: this.#holding() };
    if (work.by === 'human') return null;
    const waiter = choice.kind === 'offered' ? this.#taker(asked, choice.to) : null;
    if (waiter) return this.#begin(work, asked, waiter);
    this.#waiters.routed(work.task);
    return { leaseUntil: null, settle: () => this.#waiters.written(work.task) };
  }

  #give(work: Work, asked: Asked, to: string): Claim & { readonly begins?: Placement } {
    for (const waiter of this.#waiters.of(to))
      if (wants(waiter.request, work.requires)) return this.#begin(work, asked, waiter);
    const undo = this.#expect(work.task, asked.key, to);
    return { leaseUntil: null, settle: (task) => undo(task?.assignee === to) };
  }

  /** The waiter is set aside until the claim is durable; when it does not happen, it waits on. */
  #begin(work: Work, asked: Asked, waiter: Waiter): Claim & { readonly begins: Placement } {
    const { passport, leaseMs, claim } = waiter.request;
    const undo = this.#expect(work.task, asked.key, passport.id);
    this.#waiters.delete(waiter);
    return {
      begins: { kind: 'assigned', to: passport.id, begin: true },
      holder: passport.id,
      leaseUntil: this.#clock.now() + leaseMs,
      claim,
      settle: (task) => {
        const isTheirs = task?.status === 'in_progress' && task.assignee === passport.id;
        undo(isTheirs);
        if (isTheirs) waiter.resolve({ ...task });
        else this.#comeBack(waiter);
      },
    };
  }

  /** LOAD-1 */
  #expect(task: string, key: string, participant: string): (happened: boolean) => void {
    const undo = this.#workload.expect(task, participant);
    const come = this.#history.expect(key, participant);
    return (happened) => {
      come();
      if (!happened) undo();
    };
  }

  /** Somebody who waits and may do what is offered. */
  #taker(asked: Asked, to: readonly string[] | null): Waiter | null {
    for (const waiter of this.#waiters) {
      const { passport } = waiter.request;
      if (to && !to.includes(passport.id)) continue;
      const member = this.#directory.member(passport.id);
      if (!member || member.open >= passport.capacity || !isOnDuty(member, this.#clock.now())) continue;
      if (wants(waiter.request, asked.requires) && !this.#objection(asked, passport.id)) return waiter;
    }
    return null;
  }

  /** BEGUN-1. Beside what `route` claims for the same task. */
  full(claims: Claims, task: string, participant: string, state: RunState): Rejection | null {
    const passport = this.#directory.passport(participant);
    if (passport?.kind !== 'human') return null;
    const begun = this.#begun.begin(task, passport, state);
    if ('code' in begun) return begun;
    claims.set(`begun ${task}`, begun);
    return null;
  }

  // --- asking ---------------------------------------------------------------------------------------------------

  keeper(work: Work, forbids: Forbids): string | null {
    const asked = { ...askedOf(work), fallback: null };
    const ask = (): Choice => route(this.#directory, asked, this.#situation(work.task)).choice;
    const choice = this.#under(forbids, ask);
    return choice.kind === 'assigned' ? choice.to : null;
  }

  /** LOAD-1 */
  take(task: string, participant: string, most: number, state: RunState): Claim | null {
    if (!this.hasFewer(task, participant, most, state)) return null;
    const undo = this.#workload.expect(task, participant);
    return { leaseUntil: null, settle: (row) => row?.assignee !== participant && undo() };
  }

  /** Whether a participant has fewer tasks than so many beside this one, as far as this node knows. */
  hasFewer(task: string, participant: string, most: number, state: RunState | null = null): boolean {
    return this.#workload.beside(task, participant, state) < most;
  }

  canBeDone(work: Requirement, forbids: Forbids = null): boolean {
    return this.#under(forbids, () => this.missing(work) === null);
  }

  /** Whether it is for anybody, here or away. */
  hasOwner(work: Requirement): boolean {
    return hasOwner(this.#directory, requirementOf(work), this.#situation(''));
  }

  /** What is missing for it, in words; null where somebody could do it, free or not. */
  missing(task: Requirement): string | null {
    return missing(this.#directory, requirementOf(task), this.#situation(''));
  }

  /** Whom it asks for, in words. */
  wanted(task: Requirement): string {
    return wanted(requirementOf(task));
  }

  /** Ids of all who could do it, free or not. */
  eligible(task: Requirement): string[] {
    return eligible(this.#directory, requirementOf(task), this.#situation(''));
  }

  /** Why a participant may not do it; null when they may. */
  objection(task: Requirement, participant: string, forbids: Forbids = null): Objection | null {
    const { offeredTo } = task;
    if (offeredTo && !offeredTo.includes(participant))
      return { reason: 'not_named', message: `the task is offered to ${offeredTo.join(', ') || 'nobody'}` };
    return this.#under(forbids, () => this.#objection(requirementOf(task), participant));
  }

  #objection(asked: Asked, participant: string): Objection | null {
    return objection(this.#directory, asked, this.#situation(''), participant);
  }

  /** What routing would say of such work now. */
  explain(work: Partial<Asked>, seed: string): Explanation {
    return route(this.#directory, workOf({ key: 'hypothetical', ...work }), this.#situation(seed))
      .explanation;
  }
}

const askedOf = (work: Work): Asked => {
  const { assign, by } = work;
  const terms = assign ?? ASSIGN;
  return {
    ...requirementOf(work),
    key: `${work.definition}/${work.step}`,
    strategy: strategyOf(assign, by),
    when: terms.when,
    load: terms.load,
    retained: work.retained,
    fallback: assign?.fallback ?? null,
    affinity: familiar(work.contributors),
    preferred: work.preferred,
  };
};
const ASSIGN: Pick<Assign, 'when' | 'load'> = { when: 'enabled', load: null };

const strategyOf = (assign: Assign | null, by: Task['by']): Strategy => assign?.strategy ?? usualPush(by);

const requirementOf = (task: Requirement): Asked =>
  workOf({
    key: '',
    requires: task.requires,
    level: task.level ?? 0,
    by: task.by,
    from: task.from,
    excluded: task.excluded,
    separateFrom: task.separate ?? [],
    safety: task.kind === 'task' ? (task.safety ?? SAFEST) : SAFEST,
    facts: factsOf(task.input),
  });

const NO_FACTS: JsonObject = {};
export const factsOf = (input: Json | undefined): JsonObject =>
  typeof input === 'object' && input !== null && !Array.isArray(input) && !isArtifactRef(input)
    ? (input as JsonObject)
    : NO_FACTS;

const familiar = (contributors: Readonly<Record<string, true>>): string[] => {
  const found: string[] = [];
  for (const passport in contributors) if (found.push(passport) === MOST_FAMILIAR) break;
  return found;
};

/** Open to whoever comes and may do it. People look at what there is, and do not come for the next: for them the best is waited for. */
const isPulled = (asked: Asked): boolean => {
  const push = pushOf(asked);
  return asked.when !== 'late' && ((push === 'best_fit' && asked.by !== 'human') || push === 'offer');
};

const placementOf = (choice: Choice, asked: Asked): Placement => {
  if (choice.kind === 'assigned') return { kind: 'assigned', to: choice.to, begin: false };
  if (choice.kind === 'offered') return { kind: 'offered', to: choice.to };
  return isPulled(asked) || asked.when === 'early' ? { kind: 'offered', to: null } : { kind: 'held' };
};
