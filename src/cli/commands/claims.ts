import type { Command } from 'commander';
import type { InputOf } from '../../client/index.ts';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import { collect, fraction, momentOf, readValue, REASON, reasonOf, type Reasoned } from '../input.ts';
import { describeParticipant } from './passport-text.ts';

interface Terms {
  readonly level?: number;
  readonly evidence?: string[];
  readonly constraints?: string;
  readonly expires?: number;
}

export function claimCommands(participants: Command, act: Act): void {
  bounded(
    participants.command('declare').description('say what you can do; it counts once somebody grants it'),
  )
    .argument('<capability>')
    .action(act('Nothing was declared.', declare));
  bounded(participants.command('grant').description('grant a capability to a participant'))
    .argument('<passport>', 'id of the participant')
    .argument('<capability>')
    .action(act('Nothing was granted.', grant));
  bounded(participants.command('verify').description('confirm a claim, on evidence'))
    .argument('<passport>', 'id of the participant')
    .argument('<capability>')
    .action(act('The claim was not verified.', verify));
  participants
    .command('withdraw')
    .description('revoke a claim')
    .argument('<passport>', 'id of the participant; `me` is you')
    .argument('<capability>')
    .option(...REASON)
    .action(act('The claim was not revoked.', withdraw));
}

const bounded = (command: Command): Command =>
  command
    .option('--level <number>', 'from 0 to 1', fraction)
    .option('--evidence <address>', 'what it rests on', collect)
    .option('--constraints <json>', 'what a task has to be like: JSON, or @FILE')
    .option('--expires <time>', 'a date and time, or 8h, 2d, 1w', momentOf);

async function termsOf({ terminal }: Context, { level, evidence, constraints, expires }: Terms) {
  const bounds =
    constraints === undefined
      ? undefined
      : await readValue(constraints, terminal.input, 'The value of --constraints');
  return {
    ...(level !== undefined && { level }),
    ...(evidence && { evidence }),
    ...(bounds !== undefined && {
      constraints: bounds as NonNullable<InputOf<'claim.grant'>['constraints']>,
    }),
    ...(expires !== undefined && { expiresAt: expires }),
  };
}

async function declare(context: Context, capability: string, terms: Terms): Promise<void> {
  const given = { participant: 'me', capability, ...(await termsOf(context, terms)) };
  const one = await context.client.claim.declare(given);
  context.terminal.answer(one, () => describeParticipant(one));
}

async function grant(context: Context, participant: string, capability: string, terms: Terms): Promise<void> {
  const one = await context.client.claim.grant({
    participant,
    capability,
    ...(await termsOf(context, terms)),
  });
  context.terminal.answer(one, () => describeParticipant(one));
}

async function verify(
  context: Context,
  participant: string,
  capability: string,
  terms: Terms,
): Promise<void> {
  const one = await context.client.claim.verify({
    participant,
    capability,
    ...(await termsOf(context, terms)),
  });
  context.terminal.answer(one, () => describeParticipant(one));
}

async function withdraw(
  { client, terminal }: Context,
  participant: string,
  capability: string,
  options: Reasoned,
): Promise<void> {
  const one = await client.claim.revoke({ participant, capability, ...reasonOf(options) });
  terminal.answer(one, () => describeParticipant(one));
}
