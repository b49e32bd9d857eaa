/**
 * Why a task, a step or a run did not succeed: the codes in `failure.code` that HumanOS itself gives, its workers among it. Agents add
 * their own.
 */
export interface FailureEntry {
  readonly title: string;
  readonly remediation: string;
}

const entry = (title: string, remediation: string): FailureEntry => ({ title, remediation });

const raise = (limit: string): string =>
  `Resume the run with a higher limit (\`humanos resume RUN ${limit}\`), or leave it.`;

export const FAILURES = {
  agent_failed: entry(
    'The agent failed without a code',
    'The message is what the agent said. Look into its log; let it throw errors with a `code` to tell its failures apart.',
  ),
  approval_expired: entry(
    'Nobody decided in time',
    'Give the approval more time (`within`), or name whom to escalate to.',
  ),
  approval_unstaffed: entry(
    'No stage of the approval is for its subject',
    'Add a stage without `if` to the chain, or one for what is left over.',
  ),
  artifact_unavailable: entry(
    'An artifact of the input cannot be fetched',
    'Put the artifact (`PUT /v1/artifacts/SHA256`) where it is missing; the message says what the server answered.',
  ),
  cancelled: entry('The run was cancelled', 'Start a new run if the work is still wanted.'),
  child_failed: entry(
    'A child run did not succeed',
    'Look at the child run: its failure says why. Of one that was never started, the message here says why.',
  ),
  compensation_failed: entry(
    'What was done could not be undone',
    'Undo it by hand where the message says; then start the run again if the work is still wanted.',
  ),
  declined: entry(
    'Nobody who was asked wants to do it',
    'Offer it to more participants, or say with `onFailure` what becomes of it.',
  ),
  depth_exceeded: entry(
    'Runs are nested too deep',
    'A definition starts itself, or a long chain of others: break the circle.',
  ),
  exited: entry(
    'An administrator ended the task',
    'Read the reason; `onFailure` of the step says what follows. Start the run again if the work is still wanted.',
  ),
  expression_failed: entry(
    'An expression has no value',
    'The message names the expression: correct the definition, and guard what may be missing with `has(…)`.',
  ),
  forced: entry(
    'An administrator said that it has failed',
    'Read the reason, and who gave it, in the events of the run.',
  ),
  left_to_people: entry(
    'A policy leaves it to people',
    'A person does it; the message says which policy, and `policy.effective` why.',
  ),
  denied_by_policy: entry(
    'A policy forbids it',
    'The message says why. Do it another way, or propose a change of the policy.',
  ),
  output_too_large: entry(
    'The result is larger than a result may be',
    'Put large content as artifacts (`PUT /v1/artifacts/SHA256`), and write in its place `{ "$artifact": "SHA256", "bytes": N }`.',
  ),
  policy_review: entry(
    'A policy has people look at the result',
    'A person looks at the result and gives the right one.',
  ),
  unknown_confidence: entry(
    'The maker does not say how sure it is',
    'A person looks at the result; let the agent report its confidence.',
  ),
  lease_expired: entry(
    'Several holders were lost',
    'No heartbeat came before the lease ran out, several times in a row. Look at the agents: do they crash on this input?',
  ),
  limit_cost: entry('The cost limit is reached', raise('--cost "20 EUR"')),
  limit_tasks: entry('The limit of tasks is reached', raise('--tasks N')),
  limit_tokens: entry('The limit of tokens is reached', raise('--tokens N')),
  list_too_long: entry(
    'The list of a fan-out is too long',
    'Split the list: let a run of its own, or a child run, work on each part.',
  ),
  low_confidence: entry(
    'The result is doubted by its maker',
    'A person looks at the result and gives the right one; `confidence` of the step is the threshold.',
  ),
  program_failed: entry(
    'The program of an agent ended with a failure',
    'The message has how it ended, and its last words; the output of the worker has all of them. It ends with 0 where it succeeds.',
  ),
  program_unusable: entry(
    'The program of an agent cannot be run',
    'Check the command that the worker was started with, where it runs: that it is there, and may be executed.',
  ),
  record_unverified: entry(
    'The system of record does not confirm the write',
    'Look into the system of record before the write is tried again.',
  ),
  rejected: entry('A person said no', 'Read the reason; start a new run when it is dealt with.'),
  result_not_json: entry(
    'The result is not JSON',
    'Return what JSON has from a handler; let a program write one JSON value in UTF-8 to its standard output, with long whole numbers as texts, and all else to its standard error.',
  ),
  run_timed_out: entry(
    'The run took longer than its limit',
    'Raise `limits.duration` in the definition, or find out what it waited for.',
  ),
  skipped: entry('The work was left out', 'Somebody skipped it, as its step allows.'),
  step_failed: entry('A step failed', 'Look at the failures of the step.'),
  timed_out: entry(
    'The work was not done in time',
    'Raise `timeout` of the step, or find out why it takes so long.',
  ),
  wait_timed_out: entry('The signal did not come in time', 'Send it earlier, or raise `within` of the wait.'),
} as const satisfies Readonly<Record<string, FailureEntry>>;
