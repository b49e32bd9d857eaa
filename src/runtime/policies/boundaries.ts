import type { Graph } from '../../definition/index.ts';
import {
  leaveFor,
  type Boundaries,
  type CallRuling,
  type Question,
  type RunState,
  type WantedCall,
  type Work,
} from '../../engine/index.ts';
import { AUTONOMY, classOfTool, evaluate, isStricter, suffices } from '../../policy/index.ts';
import type { EmergencyStop, Point, Ruling, StandingGrantState, ToolClass } from '../../policy/index.ts';
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
const UNREADABLE: EmergencyStop = { state: 'unknown' };
/** Participants that are looked at to find out whether anybody may do some work. */
const MOST_CANDIDATES = 1000;

export interface Surroundings {
  readonly policies: Policies;
  readonly graph: Graph;
  readonly now: number;
  find(id: string): FullPassport | null;
  /** Ids of all who could do it, were there no policies. */
  candidates(work: Work): readonly string[];
  /** Written with the transition. */
  write(pending: Pending): void;
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
          !profile.peopleLaunch || question.begun.parent !== null || !this.#isPerson(question.begun.startedBy)
        );
      case 'record.write':
        return profile.autonomy === 'paranoid' || graph.safety === 'irreversible';
      case 'task.complete':
        return question.confidence === null
          ? profile.autonomy === 'paranoid'
          : question.confidence < profile.confidence;
    }
  }

  #isPerson(id: string): boolean {
    return this.#around.find(id)?.kind === 'human';
  }

  /** A nested run is a part of work that is under way; what it gives out waits. A write waits with its task, and is not failed. */
  #stopFor(question: Question, holds: InForce | null): EmergencyStop {
    if (!holds) return UNREADABLE;
    if (question.point === 'record.write') return OFF;
    if (question.point === 'run.start' && question.begun.parent) return OFF;
    return this.#around.policies.emergencyStop;
  }

  #evaluate(
    question: Question,
    state: RunState | null,
    { set, profile }: InForce,
    emergencyStop: EmergencyStop,
  ): Ruling {
    const source = this.#source();
    const organisation = { profile, emergencyStop };
    if (question.point === 'run.start') {
      const facts = startFacts(source, question.begun, question.limits);
      return evaluate(set, 'run.start', facts, organisation);
    }
    const run = state as RunState;
    switch (question.point) {
      case 'task.start':
        return this.#begin(run, question.task, question.participant, organisation, set);
      case 'task.complete':
        return evaluate(set, 'task.complete', resultFacts(source, run, question), organisation);
      case 'record.write':
        return evaluate(set, 'record.write', writeFacts(source, run, question), organisation);
    }
  }

  #begin(
    state: RunState,
    task: TaskLike,
    participant: string,
    organisation: { readonly profile: InForce['profile']; readonly emergencyStop: EmergencyStop },
    set: InForce['set'],
  ): Ruling {
    const source = this.#source();
    const got = evaluate(set, 'task.assign', assignFacts(source, state, task, participant), organisation);
    const begun = evaluate(set, 'task.start', beginFacts(source, state, task, participant), organisation);
    return joined(got, begun, source.find(participant));
  }

  leaves(work: Work, state: RunState): Ruling | null {
    const holds = this.#around.policies.inForce(pinnedBy(state));
    if (!holds || !speaksOfAssignment(holds, this.#around.graph)) return null;
    return this.#unlessAllowed('route_to_human', holds, work, state);
  }

  mayAsk(state: RunState): boolean {
    const holds = this.#around.policies.inForce(pinnedBy(state));
    return holds !== null && hasPolicies(holds, 'task.assign', 'task.start');
  }

  asks(work: Work, state: RunState): Ruling | null {
    const holds = this.#around.policies.inForce(pinnedBy(state));
    return holds && this.#unlessAllowed('require_approval', holds, work, state);
  }

  /** The first such ruling on anybody who could do it; null also where somebody may. */
  #unlessAllowed(verdict: Ruling['verdict'], holds: InForce, work: Work, state: RunState): Ruling | null {
    let found: Ruling | null = null;
    for (const id of this.#around.candidates(work).slice(0, MOST_CANDIDATES)) {
      const ruling = this.#assignment(holds, work, state, id);
      if (ruling.verdict === 'allow') return null;
      if (ruling.verdict === verdict) found ??= ruling;
    }
    return found;
  }

  /** For routing: who must not get such work. The emergency stop is looked at before anything is routed. */
  forbids(work: Work, state: RunState): Forbids {
    const holds = this.#around.policies.inForce(pinnedBy(state));
    if (!holds || !speaksOfAssignment(holds, this.#around.graph)) return null;
    return ({ id }) => {
      const ruling = this.#assignment(holds, work, state, id);
      return ruling.verdict === 'allow' ? null : ruling.reasons.map(({ message }) => message).join(' ');
    };
  }

  #assignment({ set, profile }: InForce, work: Work, state: RunState, participant: string): Ruling {
    const attempt = Number(/\.(\d+)$/.exec(work.task)?.[1] ?? 1);
    const task = { ...work, id: work.task, attempt };
    const organisation = { profile, emergencyStop: OFF };
    const ruling = this.#begin(state, task, participant, organisation, set);
    const isLet =
      humanTakesIt(ruling, this.#around.find(participant)) || isApproved(ruling, work.task, state);
    return isLet ? { ...ruling, verdict: 'allow' } : ruling;
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

const pinnedBy = ({ boundaries }: RunState): number => boundaries?.pinned ?? 0;

/** Without anybody's policies: what holds where nothing else can be read. */
export const usual = (policies: Policies): InForce => {
  const found = policies.inForce(0);
  if (!found) throw new Error('the usual profile cannot be read');
  return found;
};

/** Who begins with a task gets it with that: both are asked, and the stricter counts. */
export function joined(got: Ruling, begun: Ruling, passport: FullPassport | null): Ruling {
  if (humanTakesIt(got, passport)) return begun;
  if (got.verdict === 'require_approval' && begun.verdict === 'require_approval')
    return { ...begun, obligations: [...got.obligations, ...begun.obligations] };
  return isStricter(got.verdict, begun.verdict) ? got : begun;
}

/** What is left to people does not keep them from it. */
const humanTakesIt = ({ verdict }: Ruling, passport: FullPassport | null): boolean =>
  verdict === 'route_to_human' && passport?.kind === 'human';

/** All that is asked for has been approved for this task. */
const isApproved = ({ verdict, obligations }: Ruling, task: string, state: RunState): boolean =>
  verdict === 'require_approval' && suffices(leaveFor(state, task), obligations);

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
