import { entry, type ErrorEntry } from './entry.ts';

/** Of policies, the tool gate and the emergency stop. */
export const POLICY_ERRORS = {
  policy_denied: entry(
    'forbidden',
    'A policy forbids it',
    'The message says why, and `policy.effective` what applies. Do it another way, or propose a change of the policy.',
  ),
  policies_unreadable: entry(
    'unavailable',
    'The policies cannot be read',
    'Nothing begins before they can. The log of the server names what was changed in the database: restore that from a backup.',
  ),
  policy_unknown: entry('unknown', 'There is no such policy', 'List what is in force: `humanos policies`.'),
  policy_invalid: entry(
    'unprocessable',
    'The policy has problems',
    'Correct the places that are named; `docs/guides/policies.md` shows the forms.',
  ),
  policy_change_unknown: entry(
    'unknown',
    'There is no such change',
    'List changes with `policy.history`, and take the id from there.',
  ),
  emergency_stop: entry(
    'conflict',
    'All work is stopped',
    'Somebody pulled the emergency stop; the message says why. Whoever may lets work go on: `humanos emergency-stop --lift -r TEXT`, which a second person repeats where there is one.',
  ),
  emergency_stop_unknown: entry(
    'unavailable',
    'Whether all work is stopped is not known',
    'Nothing begins before it is known. Look at the database.',
  ),
  not_stopped: entry('conflict', 'Work is not stopped', 'There is nothing to lift.'),
  limit_currency: entry(
    'unprocessable',
    'Caps are in several currencies',
    'Cap the cost in the currency of the policies, and in that of the run, where it has one.',
  ),
  limit_of_policy: entry(
    'conflict',
    'Policies cap the limits of the run',
    'Ask for no more than the message says; or change the policy, and start a new run.',
  ),
  tool_not_allowed: entry(
    'forbidden',
    'The tool is none of those that may be called',
    'The message names those that the passport, or the definition of the run, allows. Call one of them, or let an administrator add the tool: `humanos participants update` takes, with `--tool` each, all that a passport may use.',
  ),
  call_differs: entry(
    'conflict',
    'The key belongs to another call',
    'Take a new key for each call, and repeat a request with its own tool and arguments.',
  ),
  arguments_changed: entry(
    'conflict',
    'The grant is for other arguments',
    'Ask again for the call that is to be made: a grant is for exactly what was shown.',
  ),
  approval_insufficient: entry(
    'conflict',
    'More is asked than was approved',
    'Ask again: policies have changed since.',
  ),
  grant_used: entry(
    'conflict',
    'The grant is used',
    'It was for one call. If that call was cut off, find out by its key what came of it, then say so with `tool.done` or `tool.failed`.',
  ),
  grant_expired: entry('conflict', 'The grant is over', 'Ask again.'),
  grant_spent: entry('conflict', 'The standing grant is used up', 'Ask for an approval of this call.'),
  grant_status: entry(
    'conflict',
    'The standing grant carries nothing any more',
    'Ask for an approval of this call.',
  ),
  grant_not_due: entry('conflict', 'The standing grant is not over yet', 'Revoke it, if it is to end now.'),
  grant_unknown: entry('unknown', 'There is no such standing grant', 'List them: `grant.list`.'),
  amount_invalid: entry(
    'conflict',
    'The call has no amount that the standing grant could count',
    'Ask for an approval of this call.',
  ),
  tool_request_unknown: entry(
    'unknown',
    'There is no such request',
    'A request is known until its task ends; afterwards it is in the events of the run.',
  ),
  tool_request_status: entry(
    'conflict',
    'The request does not allow that now',
    'Look at it with `tool.get`: its status says what can be done.',
  ),
  tool_requests_exhausted: entry(
    'conflict',
    'The task has asked for too many calls',
    'The message says which. Where too many wait for people, ask again when some are decided; a task that has asked for all it may splits the work.',
  ),
} as const satisfies Record<string, ErrorEntry>;
