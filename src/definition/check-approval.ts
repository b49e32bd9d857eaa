/** What is wrong with approvals, with what rests on them, and with deadlines. */
import { stepsBefore, checkBefore, idsOf } from './check-assignment.ts';
import { parseReminder, parseSpan } from './duration.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { didYouMean, listNames, whatComesBefore } from './names.ts';
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

type Named = ReturnType<typeof readParties>;

/** Where a step stands. */
interface Place {
  readonly step: StepOutline;
  readonly phase: PhaseOutline;
  readonly outline: Outline;
  readonly graph: PhaseGraph;
}

export function checkApproval(place: Place, problems: ProblemList): void {
  const approval = asObject(place.step.raw['approval']);
  const path = [...place.step.path, 'approval'];
  checkDeciders(approval, path, problems);
  checkTime(approval, place.step.raw['timeout'] !== undefined, path, problems);
  for (const key of ['onReject', 'onChanges']) checkRedo(approval, key, path, place, problems);
  checkTwice(readParties(asObject(approval['onReject']), 'escalate', [...path, 'onReject']), problems);
  const named = readParties(approval, 'distinctFrom', path);
  checkTwice(named, problems);
  checkSteps(
    named.filter(({ name }) => name !== 'initiator'),
    place,
    problems,
  );
}

export function checkTwice(named: Named, problems: ProblemList): void {
  const seen = new Set<string>();
  for (const { name, path } of named) {
    if (seen.has(name)) problems.error('duplicate_value', path, () => `'${name}' is listed twice.`);
    seen.add(name);
  }
}

function checkDeciders(approval: JsonObject, path: Path, problems: ProblemList): void {
  const { from, chain, quorum } = approval;
  if (from === undefined && chain === undefined) {
    problems.error(
      'missing',
      path,
      () => "'from' is missing. It says who may decide, as in `from: role:finance-manager`.",
    );
  }
  if (Array.isArray(chain)) {
    for (const [index, stage] of (chain as readonly Json[]).entries())
      checkQuorum(asObject(stage), [...path, 'chain', index], problems);
    for (const [key, value] of Object.entries({ from, quorum }))
      if (value !== undefined)
        problems.error(
          'invalid_value',
          [...path, key],
          () => `'${key}' is that of each stage of the chain. Write it there.`,
        );
  } else checkQuorum(approval, path, problems);
}

function checkQuorum(stage: JsonObject, path: Path, problems: ProblemList): void {
  const from = readParties(stage, 'from', path);
  if (Array.isArray(stage['from']) && stage['from'].length === 0) {
    problems.error(
      'invalid_value',
      [...path, 'from'],
      () => 'The list is empty, so nobody could decide. Name a role, a group or a passport.',
    );
  }
  checkTwice(from, problems);
  const quorum = stage['quorum'];
  const people = from.filter(({ name }) => !name.includes(':') && !name.includes('${')).length;
  if (typeof quorum === 'number' && from.length > 0 && people === from.length && quorum > people) {
    problems.error(
      'quorum_unreachable',
      [...path, 'quorum'],
      () => `${quorum} must agree, but only ${people} may decide.`,
    );
  }
}

/** `timed`: its step has a time-out. */
function checkTime(approval: JsonObject, timed: boolean, path: Path, problems: ProblemList): void {
  const hops = readParties(approval, 'escalate', path);
  const untimed = (key: string, what: string): void =>
    problems.error(
      'invalid_value',
      [...path, key],
      () => `${what} when its time is over; say which time, as in \`within: 8h\`.`,
    );
  if (approval['within'] === undefined && !timed) {
    if (hops.length > 0) untimed('escalate', 'An approval is escalated');
    if (approval['onTimeout'] !== undefined) untimed('onTimeout', 'An approval times out');
  }
  if (approval['onTimeout'] === 'escalate' && hops.length === 0)
    problems.error(
      'invalid_value',
      [...path, 'onTimeout'],
      () => 'Say to whom it is escalated, as in `escalate: [role:cfo]`.',
    );
  checkTwice(hops, problems);
}

function checkRedo(
  approval: JsonObject,
  key: string,
  at: Path,
  { phase, outline, graph }: Place,
  problems: ProblemList,
): void {
  const target = asText(asObject(approval[key])['redo']);
  if (target === null) return;
  const path = [...at, key, 'redo'];
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
        `Only work that comes before the approval can be done again, and '${target}' does not. ${whatComesBefore(before)}`,
    );
  }
}

function checkSteps(named: Named, { phase, outline, graph }: Place, problems: ProblemList): void {
  const before = stepsBefore(phase, outline, graph);
  const known = outline.phases.flatMap(idsOf);
  for (const { name, path } of named) checkBefore(name, path, before, known, problems);
}

/** What a record says has approved its input: an approval that comes before it. */
export function checkApprovedBy(place: Place, problems: ProblemList): void {
  const named = readParties(asObject(place.step.raw['record']), 'approvedBy', [...place.step.path, 'record']);
  checkSteps(named, place, problems);
  const approvals = place.outline.phases.flatMap(({ id, steps }) =>
    steps.flatMap((step) => (step.raw['approval'] === undefined ? [] : [`${id}.${step.id}`])),
  );
  const known = place.outline.phases.flatMap(idsOf);
  for (const { name, path } of named)
    if (known.includes(name) && !approvals.includes(name))
      problems.error(
        'invalid_value',
        path,
        () =>
          `'${name}' is no approval. ${approvals.length === 0 ? 'There is none.' : `Approvals are ${listNames(approvals)}.`}`,
      );
}

export function checkDeadlines({ raw, path }: StepOutline, problems: ProblemList): void {
  for (const kind of ['task', 'approval']) {
    const { deadlines } = asObject(raw[kind]);
    if (!Array.isArray(deadlines)) continue;
    for (const [index, deadline] of (deadlines as readonly Json[]).entries())
      checkDeadline(asObject(deadline), kind, [...path, kind, 'deadlines', index], problems);
  }
}

function checkDeadline(deadline: JsonObject, kind: string, path: Path, problems: ProblemList): void {
  const { on, then } = deadline;
  const wrong = (key: string, message: string): void =>
    problems.error('invalid_value', [...path, key], () => message);
  if (kind === 'approval' && on === 'start')
    wrong('on', 'An approval is decided, and not begun: it has a deadline on its completion alone.');
  if (kind === 'task' && then === 'reject')
    wrong('then', 'A task is not rejected; write `expire`, which makes the attempt a failed one.');
  const span = parseSpan(asText(deadline['within']) ?? '');
  for (const { name, path: at } of readParties(deadline, 'remind', path)) {
    const before = parseReminder(name);
    if (before !== null && span && !span.working && before >= span.ms)
      problems.error(
        'invalid_value',
        at,
        () => 'It would be sent before there is anything to be reminded of.',
      );
  }
  for (const key of ['notify', 'reassign', 'escalate'])
    checkTwice(readParties(asObject(isObject(then) ? then : {}), key, [...path, 'then']), problems);
}

/** Parties in the stages, appeals and deadlines of a step. */
export const partiesInStep = ({ raw, path }: StepOutline): Named => [
  ...stages(asObject(raw['approval']), [...path, 'approval']),
  ...readParties(asObject(asObject(raw['approval'])['onReject']), 'escalate', [
    ...path,
    'approval',
    'onReject',
  ]),
  ...['task', 'approval'].flatMap((kind) => inDeadlines(asObject(raw[kind]), [...path, kind])),
];

export const listAt = (raw: JsonObject, key: string): readonly Json[] =>
  Array.isArray(raw[key]) ? (raw[key] as readonly Json[]) : [];

const stages = (approval: JsonObject, path: Path): Named =>
  listAt(approval, 'chain').flatMap((stage, index) =>
    readParties(asObject(stage), 'from', [...path, 'chain', index]),
  );

const inDeadlines = (work: JsonObject, path: Path): Named =>
  listAt(work, 'deadlines').flatMap((deadline, index) =>
    ['notify', 'reassign', 'escalate'].flatMap((key) =>
      readParties(asObject(asObject(deadline)['then']), key, [...path, 'deadlines', index, 'then']),
    ),
  );
