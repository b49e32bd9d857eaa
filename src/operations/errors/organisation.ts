import { entry } from './entry.ts';

/** Why a request about participants, capabilities, delegations or tokens is refused. */
export const ORGANISATION_ERRORS = {
  participant_exists: entry(
    'conflict',
    'The id of the participant is taken',
    'Choose another id, or leave it out and get one.',
  ),
  owner_required: entry(
    'unprocessable',
    'An agent or a system needs an owner',
    'Name the id of a human who answers for it.',
  ),
  owner_not_applicable: entry(
    'unprocessable',
    'People have no owner',
    'Leave `owner` out: people answer for themselves.',
  ),
  last_administrator: entry(
    'conflict',
    'There would be no administrator left',
    'Make somebody else an administrator first.',
  ),
  participant_status: entry(
    'conflict',
    'The participant does not take this now',
    'Look at its status (`participant.get`): who is not suspended is not let back, for example.',
  ),
  participant_revoked: entry(
    'conflict',
    'The participant is revoked for good',
    'Register a new participant if it is to come back.',
  ),
  manager_circular: entry(
    'unprocessable',
    'Somebody would report to themselves',
    'Name a manager who does not report to this participant, directly or through others.',
  ),
  substitute_unfit: entry(
    'unprocessable',
    'That participant cannot stand in',
    'Name another of the same kind who may act and does not stand in for this one; five in a row is the most.',
  ),
  key_missing: entry(
    'conflict',
    'The participant has no public key',
    'Register one (`participant.register_key`), or have one made.',
  ),
  challenge_invalid: entry(
    'unprocessable',
    'The challenge is not good any more',
    'Ask for another (`participant.challenge`) and sign that within five minutes; each is good once, and none after the passport has changed.',
  ),
  signature_invalid: entry(
    'unprocessable',
    'The signature does not fit',
    'Sign the UTF-8 bytes of `message` as it is, its last newline included, with the private key of the registered public key.',
  ),
  claim_unknown: entry(
    'unknown',
    'There is no such claim',
    'Look at the claims of the participant (`participant.get`).',
  ),
  claim_standing: entry(
    'conflict',
    'The claim does not take this now',
    'Look at its standing: what has been granted is not declared anew, and what is revoked is granted again or stays revoked.',
  ),
  evidence_required: entry(
    'unprocessable',
    'Evidence is missing',
    'Name in `evidence` what the claim rests on: artifacts, entries of the ledger, documents.',
  ),
  capability_unknown: entry(
    'unknown',
    'There is no document of this capability',
    'List the capabilities (`capability.list`); save a document first where there is none.',
  ),
  capability_invalid: entry(
    'unprocessable',
    'The capability has problems',
    'Correct what `problems` names; `capability.check` shows all of it without saving.',
  ),
  capability_held: entry(
    'conflict',
    'Somebody holds the capability',
    'Revoke the claims on it first (`participant.list` with `capability` shows whose).',
  ),
  delegation_unknown: entry(
    'unknown',
    'There is no such delegation',
    'List yours (`delegation.list` with `of=me`) and check the id: one acts only under what was given to oneself.',
  ),
  delegation_inactive: entry(
    'forbidden',
    'The delegation does not hold now',
    'It, or one that it rests on, waits for an approval, is paused, revoked or expired, or somebody in the chain may not act: ask who gave it.',
  ),
  delegation_scope: entry(
    'forbidden',
    'The delegation does not cover this',
    'Do it on your own authority, or ask who gave it for a delegation that covers it.',
  ),
  delegation_wider: entry(
    'unprocessable',
    'That is more than there is to pass on',
    'Name nothing beyond what the grantor may and can do, and what the delegation that it rests on covers.',
  ),
  delegation_unfit: entry(
    'unprocessable',
    'These participants cannot delegate so',
    'Both have to be able to act, nobody comes twice in a chain, and a chain has four links at most.',
  ),
  delegation_status: entry(
    'conflict',
    'The delegation does not take this now',
    'Look at its status: what has ended stays so, only what is paused goes on, and only what is proposed is decided on, while there is time.',
  ),
  token_revoked: entry('conflict', 'The token has been revoked already', 'Nothing has to be done.'),
  changed_meanwhile: entry(
    'conflict',
    'Somebody else changed it at the same moment',
    'Read it again, then repeat the change.',
  ),
} as const;
