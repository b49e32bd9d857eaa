/** What is wrong with how a task is to be given out: the steps it names, and settings that cannot go together. */
import { didYouMean, whatComesBefore } from './names.ts';
import {
  asObject,
  asText,
  readParties,
  type Outline,
  type PhaseOutline,
  type StepOutline,
} from './outline.ts';
import type { Path } from './path.ts';
import type { PhaseGraph } from './phase-graph.ts';
import type { ProblemList } from './problem.ts';

export function checkAssignment(
  step: StepOutline,
  phase: PhaseOutline,
  outline: Outline,
  graph: PhaseGraph,
  problems: ProblemList,
  /** Steps that have been done too when it is given out. */
  done: readonly string[] = [],
): void {
  const task = asObject(step.raw['task']);
  const path = [...step.path, 'task'];
  const before = new Set([...stepsBefore(phase, outline, graph), ...done]);
  const known = outline.phases.flatMap(idsOf);
  const check = (name: string, at: Path): void => checkBefore(name, at, before, known, problems);
  for (const { name, path: at } of readParties(task, 'separateFrom', path)) check(name, at);
  const assign = asObject(task['assign']);
  const named = asText(assign['step']);
  if (named !== null) check(named, [...path, 'assign', 'step']);
  checkTogether(step, [...path, 'assign'], problems);
}

export const idsOf = ({ id, steps }: PhaseOutline): string[] =>
  id === null ? [] : steps.flatMap((step) => (step.id === null ? [] : [`${id}.${step.id}`]));

export const stepsBefore = (
  phase: PhaseOutline,
  { phases }: Outline,
  graph: PhaseGraph,
): ReadonlySet<string> =>
  new Set(
    [...graph.upstream[phase.index]!]
      .filter((index) => index !== phase.index)
      .flatMap((index) => idsOf(phases[index]!)),
  );

/** Who did a step is known when it is done, and it is done only where it comes before. */
export function checkBefore(
  name: string,
  path: Path,
  before: ReadonlySet<string>,
  known: readonly string[],
  problems: ProblemList,
): void {
  if (before.has(name)) return;
  if (known.includes(name)) {
    problems.error(
      'not_upstream',
      path,
      () =>
        `Who does '${name}' is not known when this step begins, because it does not come before it. ${whatComesBefore([...before])}`,
    );
    return;
  }
  problems.error(
    'unknown_step',
    path,
    () => `There is no step '${name}'.${didYouMean(name, known)} Name it as 'phase.step'.`,
  );
}

function checkTogether({ raw }: StepOutline, path: Path, problems: ProblemList): void {
  const { assign: written } = asObject(raw['task']);
  const wrong = (key: string, message: string): void =>
    problems.error('invalid_value', key === '' ? path : [...path, key], () => message);
  const assign = asObject(written);
  const strategy = typeof written === 'string' ? written : assign['strategy'];
  if (strategy === 'retain' && assign['step'] === undefined)
    wrong('', "`retain` needs the step whose doer is to go on, as in `step: 'phase.step'`.");
  if (assign['step'] !== undefined && strategy !== 'retain')
    wrong('step', "'step' is used only with `strategy: retain`.");
  if (assign['fallback'] !== undefined && strategy !== 'retain' && strategy !== 'case')
    wrong(
      'fallback',
      "'fallback' is used only with `strategy: retain` or `case`: the others find anybody there is.",
    );
  if (assign['when'] === 'early' && raw['forEach'] !== undefined)
    wrong(
      'when',
      'How many tasks a `forEach` makes is not known at the start of the run, so they cannot be announced; write `when: enabled`.',
    );
  if (assign['load'] !== undefined && assign['when'] !== 'late')
    wrong('load', "'load' is used only with `when: late`: otherwise nothing is held back.");
}
