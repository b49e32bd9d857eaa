import { isObject, type Json } from '../definition/json.ts';
import type { RecordNode, StepNode } from '../definition/graph.ts';
import { joinRulings, verdictAfter } from '../policy/joined.ts';
import { leaving, whyOf, type Ruling } from '../policy/ruling.ts';
import type { Draft } from './draft.ts';
import { refuse, type Rejection } from './failure.ts';
import { capsFor } from './policies/limits.ts';
import { denied, routesOf, withRuling, type Beginner, type Question } from './policies/ruling.ts';
import { leaveFor, placeOf, type Allowed } from './policies/state.ts';
import { stepOf } from './steps.ts';
import { nodeOf } from './tasks/guard.ts';

/**
 * Whether policies let somebody get work, and begin with it.
 *
 * TAKE-2  A write is ruled on when its turn comes, and once more when it begins, on exactly what its task says: much may have changed
 *         while it lay there.
 * TAKE-3  Whom they name when somebody begins is told when they do, and not when they only get it.
 * TAKE-4  Whom policies let begin is asked about room for it last of all: with that it counts as begun.
 * TAKE-6  What policies deny whoever it all rests on is not begun for them either; what they ask for otherwise is asked of who begins.
 */
export const mayBegin = (draft: Draft, task: Beginner, participant: string, begins = true): Leave => {
  const allowed = mayDo(draft, task, participant, begins);
  if ('code' in allowed || !begins) return allowed;
  const full = draft.moment.full?.(task.id, participant, draft.state);
  return full ?? { ...allowed, ...capsFor(draft, task, participant) };
};

type Leave = Rejection | Allowed;

/** As far as policies go. */
export const mayDo = (draft: Draft, task: Beginner, participant: string, begins = true): Leave => {
  const { boundaries } = draft.moment;
  if (!boundaries) return {};
  const question = { point: 'task.start' as const, task, participant };
  const ruling = boundaries.rule(begins ? question : { ...question, reserves: true }, draft.state);
  const what = `${participant} may not begin task ${task.id}.`;
  const refusal = ruling && refusalOf(draft, ruling, leaveFor(draft.state, task.id), what);
  if (refusal) return refusal;
  const unlent = denialOfGrantor(draft, task, participant);
  if (unlent) return unlent;
  const write = writeRuling(draft, task);
  const unwritten = write && refusalOf(draft, write, clearedFor(draft, task, write), what);
  if (unwritten) return unwritten;
  const told = write && !begins ? { ...write, notifications: [] } : write;
  return withRuling(draft, ruling && told ? joinRulings(ruling, told) : (ruling ?? told));
};

/** TAKE-6 */
const denialOfGrantor = (draft: Draft, task: Beginner, participant: string): Rejection | null => {
  const { by, boundaries } = draft.moment;
  const grantor = by.actor === participant ? by.authority.chain?.[0]?.from : undefined;
  if (grantor === undefined || !boundaries) return null;
  const question = { point: 'task.start', task, participant: grantor, reserves: true } as const;
  const ruling = boundaries.rule(question, draft.state);
  return ruling?.verdict === 'deny'
    ? denied(ruling, draft, `${grantor}, for whom it would be done, may not begin task ${task.id}.`)
    : null;
};

const refusalOf = (
  draft: Draft,
  ruling: Ruling,
  approved: readonly string[],
  what: string,
): Rejection | null => {
  const verdict = verdictAfter(ruling, approved);
  if (verdict === 'allow') return null;
  if (verdict !== 'route_to_human') return denied(ruling, draft, what);
  return refuse('human_required', `${what} ${whyOf(leaving(ruling))}`, { to: routesOf(ruling) });
};

/** Whether people decide on the write before it may begin, and have not done so yet. */
export const awaitsPeople = (draft: Draft, task: Beginner): boolean => {
  const write = writeRuling(draft, task);
  if (!write || write.verdict === 'deny') return false;
  return verdictAfter(write, clearedFor(draft, task, write)) !== 'allow';
};

/** TAKE-2 */
const writeRuling = (draft: Draft, task: Beginner): Ruling | null => {
  const { boundaries } = draft.moment;
  const asked = boundaries ? writeQuestion(task, nodeOf(draft, task), () => writtenBy(draft, task)) : null;
  return asked && boundaries ? boundaries.rule(asked, draft.state) : null;
};

/** Of a task that writes; null of all others. What it writes may be an artifact, which is fetched only where a policy looks at it. */
export const writeQuestion = (
  { id, kind, slot, attempt, priority }: Pick<Beginner, 'id' | 'kind' | 'slot' | 'attempt' | 'priority'>,
  node: StepNode | undefined,
  written: () => Json,
): Question | null =>
  kind === 'record' && node?.kind === 'record'
    ? {
        point: 'record.write',
        task: id,
        slot,
        attempt,
        priority,
        node,
        get input(): Json {
          return written();
        },
      }
    : null;

const writtenBy = (draft: Draft, { input }: Beginner): Json => writtenIn(draft.content(input));

/** What a task says that is to be written. */
export const writtenIn = (told: Json): Json => (isObject(told) ? told['input'] : null) ?? null;

const clearedFor = (draft: Draft, task: Beginner, { verdict }: Ruling): readonly string[] => {
  const place = placeOf(stepOf(draft.state, task.step), task.slot);
  const cleared = draft.state.boundaries?.cleared[place];
  if (!cleared || verdict !== 'require_approval') return [];
  const digest = writeDigest(draft, nodeOf(draft, task) as RecordNode, writtenBy(draft, task));
  return cleared.digest === digest ? cleared.restsOn : [];
};

/** Names exactly what is written. */
export const writeDigest = (
  { moment }: Pick<Draft, 'moment'>,
  { system, operation }: RecordNode,
  input: Json,
): string => moment.sha256(moment.canonical({ kind: 'record.write', system, operation, input }));
