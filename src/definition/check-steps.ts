/** What is wrong with single steps, apart from their structure and their expressions. */
import { parseDuration } from './duration.ts';
import type { OnFailure } from './graph.ts';
import type { Json, JsonObject } from './json.ts';
import { didYouMean, listNames } from './names.ts';
import {
  asObject,
  asText,
  COMPENSATE,
  readParties,
  workOf,
  type CompensationOutline,
  type Outline,
  type PhaseOutline,
  type StepOutline,
} from './outline.ts';
import type { PhaseGraph } from './phase-graph.ts';
import type { ProblemList } from './problem.ts';
import { COMPENSATION_KINDS, MAX_STEPS, STEP_KINDS } from './schema.ts';
import {
  checkApproval,
  checkApprovedBy,
  checkDeadlines,
  checkTwice,
  partiesInStep,
} from './check-approval.ts';
import { checkAssignment, idsOf } from './check-assignment.ts';

export function checkSteps(outline: Outline, graph: PhaseGraph, problems: ProblemList): void {
  const steps = outline.phases.reduce((sum, phase) => sum + workOf(phase).length, 0);
  if (steps > MAX_STEPS) {
    problems.error(
      'limit_exceeded',
      ['phases'],
      () => `There are ${steps} steps; the most is ${MAX_STEPS}. Use 'forEach' or nested workflows.`,
    );
  }
  for (const phase of outline.phases) {
    for (const step of phase.steps) {
      checkKind(step, problems);
      checkRetry(step, problems);
      checkOnFailure(step, problems);
      if (step.raw['task'] !== undefined) checkTask(step, problems);
      if (step.raw['task'] !== undefined) checkAssignment(step, phase, outline, graph, problems);
      const place = { step, phase, outline, graph };
      if (step.raw['approval'] !== undefined) checkApproval(place, problems);
      if (step.raw['record'] !== undefined) checkApprovedBy(place, problems);
      checkDeadlines(step, problems);
      if (step.raw['wait'] !== undefined) checkWait(step, problems);
    }
    for (const compensation of phase.compensations) {
      checkCompensation(compensation, phase, problems);
      checkRetry(compensation, problems);
      checkOnFailure(compensation, problems, 'escalate');
      checkDeadlines(compensation, problems);
      if (compensation.raw['task'] === undefined) continue;
      checkTask(compensation, problems);
      checkAssignment(compensation, phase, outline, graph, problems, undoneBy(compensation, phase));
    }
  }
  if (outline.raw['safety'] === 'irreversible') checkGuards(outline, graph, problems);
}

function checkKind({ raw, kinds, path }: StepOutline, problems: ProblemList): void {
  if (kinds.length === 1) return;
  const found = Object.keys(raw)
    .filter((key) => key !== 'id')
    .flatMap((key) => STEP_KINDS.filter((kind) => didYouMean(key, [kind]) !== ''));
  const meant = kinds.length === 0 && found.length > 0 ? ` Did you mean '${found[0]}'?` : '';
  const has = kinds.length === 0 ? 'this has none' : `this has ${listNames(kinds)}`;
  problems.error(
    'step_kind',
    path,
    () => `A step has exactly one of ${listNames(STEP_KINDS)}; ${has}.${meant}`,
  );
}

function checkCompensation(
  { kinds, of, path }: CompensationOutline,
  { steps }: PhaseOutline,
  problems: ProblemList,
): void {
  const known = kinds.filter((kind) => (COMPENSATION_KINDS as readonly string[]).includes(kind));
  if (known.length !== 1)
    problems.error(
      'step_kind',
      path,
      () =>
        `What undoes work is exactly one of ${listNames(COMPENSATION_KINDS)}; this has ${listNames(known)}.`,
    );
  if (of === null && steps.some(({ id }) => id === COMPENSATE))
    problems.error(
      'duplicate_id',
      path,
      () => `The phase has a step '${COMPENSATE}', which is the name of what undoes the phase. Rename it.`,
    );
}

/** The steps whose work it undoes. */
const undoneBy = ({ of }: CompensationOutline, phase: PhaseOutline): readonly string[] =>
  of === null ? idsOf(phase) : idsOf({ ...phase, steps: [of] });

function checkRetry({ raw, path }: StepOutline, problems: ProblemList): void {
  const retry = asObject(raw['retry']);
  const [delay, most] = ['delay', 'maxDelay'].map((key) => parseDuration(asText(retry[key]) ?? ''));
  if (delay == null || most == null || most >= delay) return;
  problems.error(
    'invalid_value',
    [...path, 'retry', 'maxDelay'],
    () => "'maxDelay' is shorter than 'delay'; it is the longest that the delay may grow to.",
  );
}

/** `usual`: what becomes of it in the end where it does not say. */
function checkOnFailure(
  { raw, path }: StepOutline,
  problems: ProblemList,
  usual: OnFailure['finally'] = 'fail',
): void {
  const onFailure = asObject(raw['onFailure']);
  const at = [...path, 'onFailure'];
  const to = readParties(onFailure, 'to', at);
  if (to.length > 0 && (onFailure['finally'] ?? usual) !== 'escalate') {
    problems.error('invalid_value', [...at, 'to'], () => "'to' is used only with `finally: escalate`.");
  }
  if (onFailure['then'] === 'another_participant' && raw['task'] === undefined) {
    problems.error('invalid_value', [...at, 'then'], () => 'Only a task can go to another participant.');
  }
  checkTwice(to, problems);
}

function checkTask({ raw, path }: StepOutline, problems: ProblemList): void {
  const task = asObject(raw['task']);
  const at = [...path, 'task'];
  checkTwice(readParties(task, 'from', at), problems);
  checkTwice(readParties(task, 'requires', at), problems);
  checkTwice(readParties(task, 'separateFrom', at), problems);
}

function checkWait({ raw, path }: StepOutline, problems: ProblemList): void {
  const wait = asObject(raw['wait']);
  const set = ['for', 'until', 'signal'].filter((key) => wait[key] !== undefined);
  if (set.length !== 1) {
    const has = set.length === 0 ? 'this has none' : `this has ${listNames(set)}`;
    problems.error(
      'invalid_value',
      [...path, 'wait'],
      () => `A wait has exactly one of 'for', 'until' and 'signal'; ${has}.`,
    );
  } else if (wait['within'] !== undefined && set[0] !== 'signal') {
    problems.error(
      'invalid_value',
      [...path, 'wait', 'within'],
      () => "'within' bounds the wait for a signal; this wait ends by itself.",
    );
  }
}

/** The time-out of what waits is the time within which that ends; it is said once, and not of what ends by itself. */
export function checkTimeouts({ phases }: Outline, problems: ProblemList): void {
  for (const { raw, path } of phases.flatMap(({ steps }) => steps)) {
    const kind = ['wait', 'approval'].find((one) => raw[one] !== undefined);
    if (raw['timeout'] === undefined || kind === undefined) continue;
    const { within, signal } = asObject(raw[kind]);
    const wrong = (message: string): void =>
      problems.error('invalid_value', [...path, 'timeout'], () => message);
    if (within !== undefined) wrong(`'timeout' and '${kind}.within' say the same. Write one of them.`);
    else if (kind === 'wait' && signal === undefined)
      wrong('This wait ends by itself. Take the time-out out.');
  }
}

/** What cannot be undone should have been approved in a phase before it, by an approval that it does not come without. */
function checkGuards({ phases }: Outline, { upstream }: PhaseGraph, problems: ProblemList): void {
  const approvals = phases.flatMap((phase) =>
    phase.steps.filter(isWaitedFor).map(({ raw }) => ({ at: phase.index, conditions: ifsOf(phase, raw) })),
  );
  for (const phase of phases) {
    const before = approvals.filter(({ at }) => upstream[phase.index]!.has(at));
    for (const { raw, path } of workOf(phase)) {
      if (raw['record'] === undefined) continue;
      const own = ifsOf(phase, raw);
      if (before.some(({ conditions }) => conditions.every((one) => own.includes(one)))) continue;
      problems.warning(
        'unguarded_record',
        [...path, 'record'],
        () =>
          'The definition is irreversible, but no approval that cannot be skipped comes before this record. Add a phase with an approval that has no `if`, or the same, and is not skipped on failure, and let this phase need it.',
      );
    }
  }
}

const ifsOf = (phase: PhaseOutline, step: JsonObject): readonly Json[] =>
  [phase.raw['if'], step['if']].filter((one) => one !== undefined);

const isWaitedFor = ({ raw }: StepOutline): boolean =>
  raw['approval'] !== undefined &&
  raw['onFailure'] !== 'skip' &&
  asObject(raw['onFailure'])['finally'] !== 'skip';

/** Names used anywhere in the steps, for the checks against what is known. */
export function usedCapabilities({ phases }: Outline): ReturnType<typeof readParties> {
  return phases.flatMap((phase) =>
    workOf(phase).flatMap(({ raw, path }) =>
      readParties(asObject(raw['task']), 'requires', [...path, 'task']),
    ),
  );
}

export function usedParties({ phases }: Outline): ReturnType<typeof readParties> {
  return phases.flatMap((phase) =>
    workOf(phase).flatMap((step) => {
      const { raw, path } = step;
      return [
        ...readParties(asObject(raw['task']), 'from', [...path, 'task']),
        ...readParties(asObject(raw['approval']), 'from', [...path, 'approval']),
        ...readParties(asObject(raw['approval']), 'escalate', [...path, 'approval']),
        ...readParties(asObject(raw['onFailure']), 'to', [...path, 'onFailure']),
        ...partiesInStep(step),
      ];
    }),
  );
}

export const allowedCapabilities = ({ raw }: Outline): ReturnType<typeof readParties> | null =>
  Array.isArray(asObject(raw['allow'])['capabilities'])
    ? readParties(asObject(raw['allow']), 'capabilities', ['allow'])
    : null;

/** The systems that records write to, or the definitions that workflow steps start. */
export function usedNames(
  { phases }: Outline,
  kind: 'record' | 'workflow',
  key: string,
): ReturnType<typeof readParties> {
  return phases.flatMap((phase) =>
    workOf(phase).flatMap(({ raw, path }) => {
      const name = asText(asObject(raw[kind])[key]);
      return name === null ? [] : [{ name, path: [...path, kind, key] }];
    }),
  );
}
