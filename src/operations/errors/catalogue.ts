import type { Rejection } from '../../engine/index.ts';
import { entry, type ErrorEntry } from './entry.ts';
import { APPROVAL_ERRORS } from './approval.ts';
import { ARCHIVE_ERRORS } from './archive.ts';
import { CHANNEL_ERRORS } from './channel.ts';
import { ORGANISATION_ERRORS } from './organisation.ts';
import { POLICY_ERRORS } from './policy.ts';
import { SERVER_ERRORS } from './server.ts';
import { TASK_ERRORS } from './task.ts';

export type { ErrorEntry, ErrorKind } from './entry.ts';

/** Why a request is refused. Every code that the engine, the runtime, operations and shells refuse with stands here, once. */
export const ERRORS = {
  // The request itself.
  body_malformed: entry(
    'malformed',
    'The body cannot be read',
    'Send a body in UTF-8 that is JSON (or YAML, for definitions); the place is named.',
  ),
  request_invalid: entry(
    'malformed',
    'The input is not right',
    'Correct the members that are named; `/openapi.json` shows what each operation takes.',
  ),
  cursor_invalid: entry(
    'malformed',
    'The cursor is not one of this list',
    'Begin again without a cursor, and take `next` of each page as it is.',
  ),
  idempotency_key_invalid: entry(
    'malformed',
    'The idempotency key is no key',
    'Send 1 to 255 visible ASCII characters, a random UUID for example.',
  ),
  idempotency_mismatch: entry(
    'unprocessable',
    'The idempotency key belongs to another request',
    'Take a new key for every new request; repeat a request with its own key and the same body.',
  ),
  body_too_large: entry(
    'too_large',
    'The body is too large',
    'Send less at once: put large content as artifacts, each smaller than that, and name them.',
  ),
  media_type_unsupported: entry(
    'wrong_media_type',
    'The content type is not supported',
    'Send `application/json`, unpacked; definitions may also come as `application/yaml`.',
  ),
  path_unknown: entry('unknown', 'There is no such path', 'Look the path up in `/openapi.json`.'),
  method_not_allowed: entry(
    'wrong_method',
    'The path does not take this method',
    'Use one of the methods in the `Allow` header.',
  ),
  host_not_allowed: entry(
    'wrong_host',
    'The host name is not one of this server',
    'Use 127.0.0.1 or localhost, or start the server with --allow-host NAME (HUMANOS_ALLOW_HOSTS).',
  ),
  rpc_malformed: entry(
    'malformed',
    'This is no JSON-RPC request',
    'Send `{ "jsonrpc": "2.0", "id": …, "method": …, "params": { … } }`, or a list of these.',
  ),
  rpc_batch_too_large: entry('too_large', 'The batch is too large', 'Send it in several batches.'),
  not_over_rpc: entry('unprocessable', 'The operation is a stream', 'Use its HTTP path.'),

  // Who asks.
  token_missing: entry(
    'unauthenticated',
    'A token is needed',
    'Send `Authorization: Bearer <token>`. An administrator issues tokens (`humanos token issue`).',
  ),
  token_invalid: entry(
    'unauthenticated',
    'The token is not valid',
    'It is unknown or revoked, or its participant is suspended: ask an administrator for another.',
  ),
  forbidden: entry(
    'forbidden',
    'The participant may not do this',
    'Ask somebody who has the role, or an administrator for the role.',
  ),
  human_required: entry(
    'forbidden',
    'A person has to do this',
    'Ask the human who answers for the agent, or whoever the task names.',
  ),
  kind_unsuited: entry(
    'forbidden',
    'This is not for that kind of participant',
    'People list tasks and claim one by its id; agents and systems claim the next.',
  ),
  not_eligible: entry(
    'forbidden',
    'The participant may not do this task',
    'The reason is named: a capability, role or kind is missing, or the participant is excluded. Let somebody eligible do it, or change the participant.',
  ),
  participant_excluded: entry(
    'forbidden',
    'The participant is excluded from the task',
    'Let another participant do it: this one failed at it, or must not do it.',
  ),
  not_offered: entry(
    'forbidden',
    'The task is offered to others',
    'Let one of those do it that it is offered to (`offeredTo`), or wait until it is offered to others.',
  ),
  separation_of_duties: entry(
    'forbidden',
    'Nobody decides on their own work, or does what has to be separate from it',
    'Ask somebody who took no part in the work and for whom it was not done.',
  ),

  // What is asked for.
  run_unknown: entry(
    'unknown',
    'There is no such run',
    'List the runs (`workflow.list_runs`) and check the id.',
  ),
  task_unknown: entry('unknown', 'There is no such task', 'List the tasks (`task.list`) and check the id.'),
  plan_unknown: entry('unknown', 'There is no such plan', 'List the plans: `GET /v1/plans`.'),
  plan_started: entry(
    'conflict',
    'The plan has been started',
    'Look at its run; for something else make another plan, or save this one as a definition and change that.',
  ),
  plan_impossible: entry(
    'unprocessable',
    'There is no plan for this goal',
    'Each problem names the capability or the input that is missing: give it, register who has it, or name other capabilities.',
  ),
  definition_unknown: entry(
    'unknown',
    'There is no such definition',
    'List the definitions there are (`workflow.list_definitions`), or save it first.',
  ),
  participant_unknown: entry(
    'unknown',
    'There is no such participant',
    'List the participants (`participant.list`), or register it first.',
  ),
  token_unknown: entry(
    'unknown',
    'There is no such token',
    'List the tokens (`token.list`): they are named by id, not by secret.',
  ),
  artifact_unknown: entry(
    'unknown',
    'There is no such artifact',
    'Put it first (`artifact.put`), then name it.',
  ),
  entry_unknown: entry(
    'unknown',
    'There is no such entry',
    'Ask for an index below the size of the tree (`ledger.checkpoint`).',
  ),
  tree_size_unknown: entry(
    'unknown',
    'The tree has never been that large',
    'Ask for a size that a checkpoint of this ledger has named.',
  ),

  // Runs.
  run_exists: entry(
    'conflict',
    'The run exists already',
    'Look at it (`workflow.get_run`); a new run gets a new id.',
  ),
  run_status: entry(
    'conflict',
    'The run does not take this now',
    'Look at its status and at what it takes; resume it first if it is paused or stopped, and before it the run that it belongs to.',
  ),
  phase_unknown: entry(
    'unprocessable',
    'The definition has no such phase',
    'Name one of the phases that the message lists.',
  ),
  phase_not_begun: entry(
    'conflict',
    'Nothing of the phase has begun',
    'Nothing is to be done: the run has not come so far, and goes there by itself.',
  ),
  compensation_unknown: entry(
    'conflict',
    'The step does not say how its work is undone',
    'Leave out `recovery`, go back to a phase instead, or add `compensate` to the step for runs to come.',
  ),
  input_invalid: entry(
    'unprocessable',
    'The input is not what the definition asks for',
    'Correct the members that are named; the definition shows the schema of its input.',
  ),
  confidence_invalid: entry(
    'unprocessable',
    'This is no confidence',
    'Give a number from 0 (none) to 1 (sure), or leave it out.',
  ),
  not_first: entry(
    'conflict',
    'The task is not the first in the queue',
    'Take the one that is named: the step says that its tasks are taken in the order of the queue.',
  ),
  route_unchanged: entry(
    'conflict',
    'The task stays where it is',
    'Nothing is to be done: routing comes to the same answer, or the run gives out no work now.',
  ),
  limit_invalid: entry(
    'unprocessable',
    'These are no limits',
    'Give whole numbers above 0, and the cost in the currency of the run.',
  ),
  limit_of_parent: entry(
    'conflict',
    'The limits are those of the parent run',
    'Raise the limits of the run at the top; its children share them.',
  ),
  limit_below_use: entry(
    'conflict',
    'The limit is below what is used already',
    'Name a limit above what the run has used (`usage`).',
  ),
  limit_fixed: entry(
    'unprocessable',
    'The duration cannot be changed',
    'Leave `duration` out; start a new run if this one has no time left.',
  ),
  signal_unknown: entry(
    'unprocessable',
    'Nothing in the run waits for this signal',
    'Send one of the signals that its definition names.',
  ),
  signals_full: entry(
    'conflict',
    'Too many signals are kept',
    'Wait until the run has taken those it has been sent.',
  ),
  child_unknown: entry(
    'conflict',
    'The child run is not open',
    'Nothing has to be done: it has ended, or was told to.',
  ),
  timer_spent: entry('conflict', 'What the timer was for is over', 'Nothing has to be done.'),

  // Tasks.
  task_closed: entry(
    'conflict',
    'The task has ended',
    'Stop working on it: it is completed, failed, withdrawn or given out again. Look at the run.',
  ),
  task_status: entry(
    'conflict',
    'The task does not take this now',
    'Look at its status and at what it takes, and do that first: work is claimed or started, what is suspended is resumed.',
  ),
  task_kind: entry(
    'unprocessable',
    'This is not how such a task is done',
    'Approvals are decided (`task.decide`), other tasks are claimed and completed.',
  ),
  task_held: entry(
    'conflict',
    'Somebody else has the task',
    'Take another one, or wait until it is given back.',
  ),
  task_not_skippable: entry(
    'unprocessable',
    'The task may not be skipped',
    'Complete or fail it; the step of the definition says whether it is skippable.',
  ),
  not_holder: entry(
    'conflict',
    'The participant does not hold the task',
    'Stop working on it; claim it again if it is still open.',
  ),
  stale_token: entry(
    'conflict',
    'The task has been given out again',
    'Stop working on it: the lease ran out, and its result counts no more. Send heartbeats in time, or ask for a longer lease.',
  ),
  token_required: entry(
    'unprocessable',
    'The fencing token is missing',
    'Send the `token` that came with the claimed task.',
  ),
  capacity_reached: entry(
    'at_capacity',
    'The participant holds as many tasks as it can',
    'Complete or give back one, or raise its capacity (`participant.update`).',
  ),
  output_invalid: entry(
    'unprocessable',
    'The result is not what the step declares',
    'Correct the members that are named and complete again; the task is still held.',
  ),
  usage_invalid: entry('unprocessable', 'This is no usage', 'Give tokens and cost as numbers of 0 or more.'),
  approval_stale: entry(
    'conflict',
    'The subject has changed',
    'Read again what is decided on, and decide on what it shows now. What has ended or was replaced is proposed anew.',
  ),
  already_decided: entry(
    'conflict',
    'That has been decided already, or said by somebody of the same group',
    'Where you have decided, or somebody has for you, nothing has to be done: a decision counts once. Where your group has been heard, somebody of another one decides.',
  ),

  // Definitions.
  definition_invalid: entry(
    'unprocessable',
    'The definition has problems',
    'Correct what `problems` names; `workflow.check_definition` shows all of it without saving.',
  ),

  ...ORGANISATION_ERRORS,
  ...APPROVAL_ERRORS,
  ...POLICY_ERRORS,
  ...TASK_ERRORS,
  ...ARCHIVE_ERRORS,
  ...CHANNEL_ERRORS,

  // Artifacts.
  digest_mismatch: entry(
    'unprocessable',
    'The content has another digest',
    'Of an artifact, send the bytes whose SHA-256 the path names. Of a plan, read it again: its definition or its input was edited since, and its start names the digest that it has now.',
  ),
  artifact_unfit: entry(
    'unprocessable',
    'The artifact cannot stand for a result',
    'A result that is a reference leads to JSON, with its exact length, and is read as strictly as the body of a request (`body_malformed`). Put a reference to anything else inside of an object.',
  ),
  ...SERVER_ERRORS,
} as const satisfies Readonly<Record<string, ErrorEntry>>;

export type ErrorCode = keyof typeof ERRORS;

/** What is known of a code; a code without an entry is a fault of ours. */
export const errorEntry = (code: string): ErrorEntry =>
  Object.hasOwn(ERRORS, code) ? ERRORS[code as ErrorCode] : ERRORS.internal;

/** The refusal that a fault looks like from outside: what happened inside stays in the log. */
export function refusalOf(fault: unknown): Rejection & { readonly isFault: boolean } {
  const known = TOLD.get(String((fault as { code?: unknown } | null)?.code));
  const [code, message] = known ?? ['internal', 'The server came upon a fault; it has been logged.'];
  return { code, message, isFault: !NO_FAULTS.has(code) };
}

type Told = readonly [code: ErrorCode, message: string];
const AWAY: Told = ['storage_unavailable', 'The database does not answer.'];
const TOLD: ReadonlyMap<string, Told> = new Map<string, Told>([
  ['invalid_cursor', ['cursor_invalid', 'The cursor is not one of this list.']],
  ['store_closed', ['stopping', 'The server is stopping.']],
  ['outcome_unknown', ['storage_outcome_unknown', 'It is not known whether it happened.']],
  ['database_damaged', ['storage_damaged', 'What is stored is not what was written.']],
  ['database_full', ['storage_full', 'The database has no room left.']],
  ['database_read_only', ['storage_read_only', 'The database cannot be written to.']],
  ['database_failed', AWAY],
  ['database_unavailable', AWAY],
  ['database_in_use', AWAY],
  ['read_only', AWAY],
]);
const NO_FAULTS: ReadonlySet<string> = new Set(['cursor_invalid', 'stopping']);
