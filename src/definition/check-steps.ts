/** What is wrong with single steps, apart from their structure and their expressions. */
import { parseDuration } from './duration.ts';
import { didYouMean, listNames } from './names.ts';
import {
  asObject,
  asText,
  readParties,
  type Outline,
  type PhaseOutline,
  type StepOutline,
} from './outline.ts';
import type { PhaseGraph } from './phase-graph.ts';
import type { ProblemList } from './problem.ts';
import { MAX_STEPS, STEP_KINDS } from './schema.ts';
import { checkAssignment } from './check-assignment.ts';
import type { JsonObject } from './json.ts';

export function checkSteps(outline: Outline, graph: PhaseGraph, problems: ProblemList): void {
  const steps = outline.phases.reduce((sum, phase) => sum + phase.steps.length, 0);
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
      if (step.raw['approval'] !== undefined) checkApproval(step, phase, outline, graph, problems);
      if (step.raw['wait'] !== undefined) checkWait(step, problems);
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

function checkOnFailure({ raw, path }: StepOutline, problems: ProblemList): void {
  const onFailure = asObject(raw['onFailure']);
  const at = [...path, 'onFailure'];
  const to = readParties(onFailure, 'to', at);
  if (to.length > 0 && onFailure['finally'] !== 'escalate') {
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

function checkTwice(named: ReturnType<typeof readParties>, problems: ProblemList): void {
  const seen = new Set<string>();
  for (const { name, path } of named) {
    if (seen.has(name)) problems.error('duplicate_value', path, () => `'${name}' is listed twice.`);
    seen.add(name);
  }
}

function checkApproval(
  step: StepOutline,
  phase: PhaseOutline,
  outline: Outline,
  graph: PhaseGraph,
  problems: ProblemList,
): void {
  const approval = asObject(step.raw['approval']);
  const path = [...step.path, 'approval'];
  const from = readParties(approval, 'from', path);
  if (Array.isArray(approval['from']) && approval['from'].length === 0) {
    problems.error(
      'invalid_value',
      [...path, 'from'],
      () => 'The list is empty, so nobody could decide. Name a role, a group or a passport.',
    );
  }
  checkTwice(from, problems);
  const quorum = approval['quorum'];
  const people = from.filter(({ name }) => !name.includes(':') && !name.includes('${')).length;
  if (typeof quorum === 'number' && from.length > 0 && people === from.length && quorum > people) {
    problems.error(
      'quorum_unreachable',
      [...path, 'quorum'],
      () => `${quorum} must agree, but only ${people} may decide.`,
    );
  }
  const hops = readParties(approval, 'escalate', path);
  if (hops.length > 0 && approval['within'] === undefined) {
    problems.error(
      'invalid_value',
      [...path, 'escalate'],
      () => 'An approval is escalated when its time is over; say which time, as in `within: 8h`.',
    );
  }
  checkTwice(hops, problems);
  checkRedo(approval, [...path, 'onReject', 'redo'], phase, outline, graph, problems);
}

function checkRedo(
  approval: JsonObject,
  path: readonly (string | number)[],
  phase: PhaseOutline,
  outline: Outline,
  graph: PhaseGraph,
  problems: ProblemList,
): void {
  const target = asText(asObject(approval['onReject'])['redo']);
  if (target === null) return;
  const index = graph.byId.get(target);
  if (index === undefined) {
    problems.error(
      'unknown_phase',
      path,
      () => `There is no phase '${target}'.${didYouMean(target, graph.byId.keys())}`,
    );
  } else if (index !== phase.index && !graph.upstream[phase.index]!.has(index)) {
    const before = [...graph.upstream[phase.index]!].map((at) => outline.phases[at]!.id ?? '');
    problems.error(
      'not_upstream',
      path,
      () =>
        `Only work that comes before the approval can be done again, and '${target}' does not. Before it are ${listNames(before)}.`,
    );
  }
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

/** What cannot be undone should have been approved in a phase before it. */
function checkGuards({ phases }: Outline, { upstream }: PhaseGraph, problems: ProblemList): void {
  const approving = new Set(
    phases
      .filter(({ steps }) => steps.some(({ raw }) => raw['approval'] !== undefined))
      .map(({ index }) => index),
  );
  for (const { index, steps } of phases) {
    if ([...upstream[index]!].some((before) => approving.has(before))) continue;
    for (const { raw, path } of steps) {
      if (raw['record'] === undefined) continue;
      problems.warning(
        'unguarded_record',
        [...path, 'record'],
        () =>
          'The definition is irreversible, but no approval comes before this record. Add a phase with an approval, and let this phase need it.',
      );
    }
  }
}

/** Names used anywhere in the steps, for the checks against what is known. */
export function usedCapabilities({ phases }: Outline): ReturnType<typeof readParties> {
  return phases.flatMap(({ steps }) =>
    steps.flatMap(({ raw, path }) => readParties(asObject(raw['task']), 'requires', [...path, 'task'])),
  );
}

export function usedParties({ phases }: Outline): ReturnType<typeof readParties> {
  return phases.flatMap(({ steps }) =>
    steps.flatMap(({ raw, path }) => [
      ...readParties(asObject(raw['task']), 'from', [...path, 'task']),
      ...readParties(asObject(raw['approval']), 'from', [...path, 'approval']),
      ...readParties(asObject(raw['approval']), 'escalate', [...path, 'approval']),
      ...readParties(asObject(raw['onFailure']), 'to', [...path, 'onFailure']),
    ]),
  );
}

export const usedTools = ({ raw }: Outline): ReturnType<typeof readParties> =>
  readParties(asObject(raw['allow']), 'tools', ['allow']);

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
  return phases.flatMap(({ steps }) =>
    steps.flatMap(({ raw, path }) => {
      const name = asText(asObject(raw[kind])[key]);
      return name === null ? [] : [{ name, path: [...path, kind, key] }];
    }),
  );
}
