import type { Graph, JsonObject } from '../../definition/index.ts';
import {
  leaveFor,
  type Boundaries,
  type CallRuling,
  type CandidateRuling,
  type Question,
  type RunState,
  type TaskCaps,
  type WantedCall,
  type Work,
} from '../../engine/index.ts';
import {
  AUTONOMY,
  cappedBy,
  classOfTool,
  evaluate,
  inWords,
  isLeftToPeople,
  joinRulings,
  onHuman,
  RULING_WORK,
  select,
  verdictAfter,
} from '../../policy/index.ts';
import type {
  EmergencyStop,
  FactsOf,
  Halt,
  Organisation,
  Point,
  Ruling,
  StandingGrantState,
  ToolClass,
} from '../../policy/index.ts';
import type { FullPassport } from '../../routing/index.ts';
import type { Pending } from '../organisation/documents.ts';
import {
  assignFacts,
  beginFacts,
  callFacts,
  resultFacts,
  startFacts,
  writeFacts,
  type FactSource,
  type TaskLike,
} from './facts.ts';
import type { Policies } from './policies.ts';
import type { InForce } from './records.ts';

/** Why somebody may not get a task, in words; null where no policy speaks about who does such work. */
export type Forbids = ((passport: FullPassport) => string | null) | null;

const OFF: EmergencyStop = { state: 'off' };
const UNREADABLE: Halt = { state: 'unreadable' };
/** Participants that are looked at to find out whether anybody may do some work. */
const MOST_CANDIDATES = 1000;

interface Getting {
  readonly task: TaskLike & { readonly assignee?: string | null };
  readonly participant: string;
  readonly reserves?: true;
}

export interface Surroundings {
  readonly policies: Policies;
  readonly graph: Graph;
  readonly now: number;
  find(id: string): FullPassport | null;
  /** Ids of all who could do it, were there no policies. */
  candidates(work: Work): readonly string[];
  /** Written with the transition. */
  write(pending: Pending): void;
  /** Told of the units of work that conditions have spent. */
  spend?(work: number): void;
}

/**
 * What answers may cost that are asked for together, and those that are known. Participants are asked about, and conditions spend work,
 * only while there is some left.
 */
export interface Asking {
  participants: number;
  work: number;
  readonly known: Map<string, Ruling | null>;
}

/**
 * What policies say in one transition of one run.
 *
 * BOUND-1  A run is held to what it keeps, and to the emergency stop as it is now.
 * BOUND-2  Where neither a policy nor the profile could say anything, no facts are made.
 * BOUND-3  What cannot be read forbids.
 */
export class RunBoundaries implements Boundaries {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  get pinned(): number {
    return this.#around.policies.number;
  }

  rule(question: Question, state: RunState | null): Ruling | null {
    const { policies } = this.#around;
    const holds = policies.inForce(state === null ? undefined : pinnedBy(state));
    const stop = this.#stopFor(question, holds);
    if (holds && stop.state === 'off' && !this.#mayCount(holds, question)) return null;
    return this.#evaluate(question, state, holds ?? usual(policies), stop);
  }

  /** BOUND-2 */
  #mayCount(holds: InForce, question: Question): boolean {
    const { profile } = holds;
    const { graph } = this.#around;
    if (question.point === 'task.start') return speaksOfAssignment(holds, graph);
    if (hasPolicies(holds, question.point)) return true;
    switch (question.point) {
      case 'run.start':
        if (profile.cost !== null) return true;
        if (profile.autonomy === 'aggressive') return false;
        return (
          !profile.peopleLaunch || question.begun.parent !== null || !this.isPerson(question.begun.startedBy)
        );
      case 'record.write':
        return profile.autonomy === 'paranoid' || graph.safety === 'irreversible';
      case 'task.complete':
        return question.confidence === null
          ? profile.autonomy === 'paranoid'
          : question.confidence < profile.confidence;
    }
  }

  isPerson(id: string): boolean {
    return this.#around.find(id)?.kind === 'human';
  }

  /** A nested run is a part of work that is under way; what it gives out waits. A write waits with its task, and is not failed. */
  #stopFor(question: Question, holds: InForce | null): Halt {
    if (!holds) return UNREADABLE;
    if (question.point === 'record.write') return OFF;
    if (question.point === 'run.start' && question.begun.parent) return OFF;
    return this.#around.policies.emergencyStop;
  }

  #ruling<P extends Point>(
    set: InForce['set'],
    point: P,
    facts: FactsOf<P>,
    organisation: Organisation,
  ): Ruling {
    const work = { left: RULING_WORK };
    const ruling = evaluate(set, point, facts, organisation, work);
    this.#around.spend?.(RULING_WORK - work.left);
    return ruling;
  }

  #evaluate(
    question: Question,
    state: RunState | null,
    { set, profile }: InForce,
    emergencyStop: Halt,
  ): Ruling {
    const source = this.#source();
    const organisation = { profile, emergencyStop };
    if (question.point === 'run.start') {
      const facts = startFacts(source, question.begun, question.limits);
      return this.#ruling(set, 'run.start', facts, organisation);
    }
    const run = state as RunState;
    switch (question.point) {
      case 'task.start':
        return this.#begin(run, question, organisation, set);
      case 'task.complete':
        return this.#ruling(set, 'task.complete', resultFacts(source, run, question), organisation);
      case 'record.write':
        return this.#ruling(set, 'record.write', writeFacts(source, run, question), organisation);
    }
  }

  /** Who is told that somebody gets work has been when they got it (TAKE-3). */
  #begin(
    state: RunState,
    { task, participant, reserves }: Getting,
    organisation: { readonly profile: InForce['profile']; readonly emergencyStop: Halt },
    set: InForce['set'],
  ): Ruling {
    const source = this.#source();
    const assigned = this.#ruling(
      set,
      'task.assign',
      assignFacts(source, state, task, participant),
      organisation,
    );
    const got = task.assignee === participant ? { ...assigned, notifications: [] } : assigned;
    const begins = this.#ruling(
      set,
      'task.start',
      beginFacts(source, state, task, participant),
      organisation,
    );
    const begun = reserves ? { ...begins, notifications: [] } : begins;
    return joined(got, begun, source.find(participant));
  }

  heldTo(state: RunState): number | null {
    return this.#around.policies.inForce(pinnedBy(state))?.number ?? null;
  }

  capsFor(task: TaskLike, participant: string, state: RunState): TaskCaps | null {
    const holds = this.#around.policies.inForce(pinnedBy(state));
    if (!holds?.set.at['task.start'].some(({ terms }) => terms.effect === 'limit')) return null;
    const facts = beginFacts(this.#source(), state, task, participant);
    const ruling = evaluate(holds.set, 'task.start', facts, unstopped(holds));
    const { tokens, cost, duration } = ruling.limits;
    return { set: holds.number, policies: cappedBy(ruling), tokens, cost, duration };
  }

  leaves(work: Work, state: RunState): CandidateRuling | null {
    const holds = this.#around.policies.inForce(pinnedBy(state));
    if (!holds || !speaksOfAssignment(holds, this.#around.graph)) return null;
    const found = this.#heldBack(holds, work, state);
    return found?.asked === null ? found.left : null;
  }

  mayAsk(state: RunState): boolean {
    const holds = this.#around.policies.inForce(pinnedBy(state));
    return holds !== null && hasPolicies(holds, 'task.assign', 'task.start');
  }

  asks(work: Work, state: RunState): CandidateRuling | null {
    const holds = this.#around.policies.inForce(pinnedBy(state));
    return holds && (this.#heldBack(holds, work, state)?.asked ?? null);
  }

  /** The first rulings on those who could do it once it is approved, and who leave it to people in any case; null where somebody may. */
  #heldBack(
    holds: InForce,
    work: Work,
    state: RunState,
  ): { readonly asked: CandidateRuling | null; readonly left: CandidateRuling | null } | null {
    let asked: CandidateRuling | null = null;
    let left: CandidateRuling | null = null;
    for (const id of this.#around.candidates(work).slice(0, MOST_CANDIDATES)) {
      const ruling = this.#assignment(holds, work, state, id);
      if (ruling.verdict === 'allow') return null;
      if (isLeftToPeople(ruling)) left ??= { ...ruling, candidate: id };
      else if (ruling.verdict === 'require_approval') asked ??= { ...ruling, candidate: id };
    }
    return { asked, left };
  }

  mayHave(work: Work, participant: string, state: RunState): boolean {
    const holds = this.#around.policies.inForce(pinnedBy(state));
    if (!holds || !speaksOfAssignment(holds, this.#around.graph)) return true;
    const facts = assignFacts(this.#source(), state, taskOf(work), participant);
    const got = evaluate(holds.set, 'task.assign', facts, unstopped(holds));
    const ruling = this.isPerson(participant) ? onHuman(got) : got;
    return verdictAfter(ruling, leaveFor(state, work.task)) === 'allow';
  }

  /** For routing: who must not get such work. The emergency stop is looked at before anything is routed. */
  forbids(work: Work, state: RunState): Forbids {
    return this.#against(work, state, ({ verdict }) => verdict === 'allow');
  }

  /** Who must not get such work whatever is approved. */
  forbidsForGood(work: Work, state: RunState): Forbids {
    return this.#against(work, state, (ruling) => ruling.verdict !== 'deny' && !isLeftToPeople(ruling));
  }

  #against(work: Work, state: RunState, mayGet: (ruling: Ruling) => boolean): Forbids {
    const holds = this.#around.policies.inForce(pinnedBy(state));
    if (!holds || !speaksOfAssignment(holds, this.#around.graph)) return null;
    return ({ id }) => {
      const ruling = this.#assignment(holds, work, state, id);
      return mayGet(ruling) ? null : inWords(ruling.reasons);
    };
  }

  /**
   * Why none of these may get a task whatever is approved; null where somebody may, and where they are too many to ask. The
   * answer is that of all tasks for the same candidates of which policies read the same.
   */
  denies(
    task: TaskLike,
    state: RunState,
    candidates: () => readonly string[],
    { as, asking }: { readonly as: string; readonly asking: Asking },
  ): Ruling | null {
    const holds = this.#around.policies.inForce(pinnedBy(state));
    if (!holds || !speaksOfAssignment(holds, this.#around.graph)) return null;
    const key = JSON.stringify([as, holds.number, this.#readOf(holds, task, state)]);
    const known = asking.known.get(key);
    if (known !== undefined) return known;
    const isSpent = (): boolean => asking.participants <= 0 || asking.work <= 0;
    const ids = isSpent() ? [] : candidates();
    if (ids.length > MOST_CANDIDATES) return null;
    let why: Ruling | null = null;
    for (const id of ids) {
      if (isSpent()) return null;
      asking.participants -= 1;
      const ruling = this.#getting(holds, task, state, id);
      why = ruling.verdict === 'deny' ? (why ?? ruling) : null;
      if (why === null) break;
    }
    asking.known.set(key, why);
    return why;
  }

  /** What policies read of a task, and of its run, whoever is to get it. */
  #readOf({ set }: InForce, task: TaskLike, state: RunState): JsonObject {
    const { now: _, candidate: __, ...facts } = assignFacts(this.#source(), state, task, '');
    const policies = [...set.at['task.assign'], ...set.at['task.start']];
    return select(
      facts,
      policies.flatMap(({ when }) => when?.reads ?? []),
    );
  }

  #assignment(holds: InForce, work: Work, state: RunState, participant: string): Ruling {
    return this.#getting(holds, taskOf(work), state, participant);
  }

  #getting(holds: InForce, task: TaskLike, state: RunState, participant: string): Ruling {
    const ruling = this.#begin(state, { task, participant }, unstopped(holds), holds.set);
    return { ...ruling, verdict: verdictAfter(ruling, leaveFor(state, task.id)) };
  }

  // --- calls --------------------------------------------------------------------------------------------------------

  classOf(tool: string, claimed: ToolClass): ToolClass {
    const holds = this.#around.policies.inForce();
    return holds ? classOfTool(holds.profile, tool, claimed) : 'consequential';
  }

  ruleCall(wanted: WantedCall, state: RunState): CallRuling {
    const { policies } = this.#around;
    const found = policies.inForce(pinnedBy(state));
    const { set, profile } = found ?? usual(policies);
    const is = classOfTool(profile, wanted.tool, wanted.class);
    const facts = callFacts(this.#source(), state, wanted, is);
    const emergencyStop = found ? policies.emergencyStop : UNREADABLE;
    return { facts, ruling: evaluate(set, 'tool.call', facts, { profile, emergencyStop }) };
  }

  standing(): ReturnType<Boundaries['standing']> {
    return this.#around.policies.grants.standing(this.#around.now);
  }

  spend(grant: string, state: StandingGrantState): void {
    const pending = this.#around.policies.grants.spend(grant, state);
    if (pending) this.#around.write(pending);
  }

  #source(): FactSource {
    const { graph, now } = this.#around;
    return { graph, now, find: (id) => this.#around.find(id) };
  }
}

export const pinnedBy = ({ boundaries }: RunState): number => boundaries?.pinned ?? 0;

/** Without anybody's policies: what holds where nothing else can be read. */
export const usual = (policies: Policies): InForce => {
  const found = policies.inForce(0);
  if (!found) throw new Error('the usual profile cannot be read');
  return found;
};

/** Who begins with a task gets it with that: both are asked, and both hold. */
export function joined(got: Ruling, begun: Ruling, passport: FullPassport | null): Ruling {
  const ruling = joinRulings(got, begun);
  return passport?.kind === 'human' ? onHuman(ruling) : ruling;
}

const unstopped = ({ profile }: InForce) => ({ profile, emergencyStop: OFF });

/** As the task will be that the work becomes. */
const taskOf = (work: Work): TaskLike => ({ ...work, id: work.task });

const hasPolicies = ({ set }: InForce, ...points: readonly Point[]): boolean =>
  points.some((point) => set.at[point].length > 0);

const rowAsks = ({ profile }: InForce, point: Point): boolean =>
  Object.values(AUTONOMY[point] as { readonly [code: string]: Readonly<Record<string, unknown>> }).some(
    (row) => row[profile.autonomy] !== 'allow',
  );

/** BOUND-2 */
const speaksOfAssignment = (holds: InForce, { safety }: Graph): boolean =>
  hasPolicies(holds, 'task.assign', 'task.start') ||
  (safety === 'irreversible' && rowAsks(holds, 'task.assign'));
