import type { ProblemError } from '../client/index.ts';

/** What to do about a refusal whose own advice is for programs, in commands. By code. */
const COMMANDS: Readonly<Record<string, string>> = {
  token_missing:
    'Say who you are: export HUMANOS_TOKEN=…, or --token TOKEN. "humanos serve" shows the first when it creates a database; further ones: humanos token issue PASSPORT',
  no_interface: 'Ask one that was started with --role api or all: HUMANOS_URL, or --url.',
  request_invalid: 'Correct what is named; --help shows what the command takes.',
  cursor_invalid: 'Begin again without --cursor.',
  kind_unsuited:
    'People take tasks by their ids: humanos inbox, humanos task claim TASK. Agents: humanos worker',
  path_unknown: 'Check the address (HUMANOS_URL, or --url): it is http://HOST:PORT, without /v1.',
  run_unknown: 'List the runs: humanos runs',
  task_unknown: 'List the tasks: humanos tasks',
  plan_unknown: 'List the plans: humanos plans',
  definition_unknown:
    'List the definitions: humanos definitions; or save it first: humanos definitions save FILE',
  definition_invalid: 'Correct what is named; without saving: humanos definitions check FILE',
  participant_unknown:
    'List the participants: humanos participants; or register it first: humanos participants add NAME',
  participant_status: 'Look at its status: humanos participants show PASSPORT',
  claim_unknown: 'Look at what it claims: humanos participants show PASSPORT',
  key_missing: 'Have one made: humanos participants key FILE PASSPORT',
  capability_unknown:
    'List the capabilities: humanos capabilities; or save it first: humanos capabilities save FILE',
  capability_invalid: 'Correct what is named; without saving: humanos capabilities check FILE',
  capability_held:
    'Revoke the claims on it first: humanos participants list --capability CAPABILITY shows whose, humanos participants withdraw PASSPORT CAPABILITY',
  capacity_reached:
    'Complete a task or give one back: humanos task release TASK; or raise it: humanos participants update PASSPORT --capacity N',
  token_unknown: 'List the tokens: humanos token list. They are named by id, not by secret.',
  delegation_unknown: 'List yours: humanos delegations --of me',
  plan_impossible:
    'Each problem names what is missing: name capabilities (--capability), give --input, or register who has it: humanos participants add NAME --capability CAPABILITY',
  task_kind:
    'An approval is decided: humanos approve TASK, or reject, request-changes, abstain; any other task is done: humanos complete TASK -o JSON',
  reason_required: 'Say why: --reason TEXT',
  subject_invalid: 'Give the whole subject with --changes, as its schema has it.',
  policy_denied: 'Do it another way, or propose a change of the policy: humanos policies propose FILE',
  policy_change_unknown: 'List the changes: humanos policies history',
  grant_unknown: 'List them: humanos grants',
  webhook_unknown: 'List the webhooks: humanos webhooks; or make it first: humanos webhooks add URL',
  webhook_disabled:
    'See why: humanos webhooks show WEBHOOK; put it right, then: humanos webhooks enable WEBHOOK',
  delivery_unknown:
    'List the deliveries: humanos deliveries. A mail about work that is over is not sent again.',
};

/** An answer without a code of ours comes from somebody else. */
const FOREIGN = 'Is that a HumanOS server? Check the address (HUMANOS_URL, or --url).';

export const nextOf = ({ code, remediation }: ProblemError): string =>
  (Object.hasOwn(COMMANDS, code) && COMMANDS[code]) ||
  remediation ||
  (code.startsWith('http_') ? FOREIGN : 'Look the code up under docs/errors/.');
