import { createPrivateKey, sign } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Client } from '../../client/index.ts';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import { readText } from '../input.ts';
import { oneLine } from '../layout.ts';
import { laterStep } from '../later-step.ts';
import { misuse, Trouble } from '../trouble.ts';
import { describeParticipant } from './passport-text.ts';

export function keyCommands(participants: Command, act: Act): void {
  participants
    .command('key')
    .description('make a key pair for a participant, and write its private key to a file')
    .argument('<file>', 'where the private key goes; it must not exist')
    .argument('[passport]', 'id of the participant; you, if left out', 'me')
    .action(act('No key was made.', makeKey));
  participants
    .command('prove')
    .description('prove that the private key in a file belongs to the public key that is registered')
    .argument('<file>', 'the private key')
    .argument('[passport]', 'id of the participant; you, if left out', 'me')
    .action(act('The key was not proved.', prove));
}

/** The file is opened first: a key that cannot be written down is lost. Without a key it goes again, or it would refuse the next attempt. */
async function makeKey({ client, terminal }: Context, file: string, id: string): Promise<void> {
  await writeFile(file, '', { flag: 'wx', mode: 0o600 });
  const { publicKey, participant } = await keyInto(file, client, id).catch(async (error: unknown) => {
    await rm(file, { force: true });
    throw error;
  });
  terminal.answer({ publicKey, file, participant }, () => [
    ...describeParticipant(participant),
    `  private key in ${file}`,
    `  prove it: humanos participants prove ${file} ${id}`,
  ]);
}

async function keyInto(file: string, client: Client, id: string) {
  const made = await client.participant.generateKey({ id });
  const stands = `The public key of ${oneLine(made.participant.name)} is another now.`;
  const next = `Make another key, which takes its place: humanos participants key ${file} ${id}`;
  if (made.privateKey === null)
    throw new Trouble({
      what: `The private key cannot be written. ${stands}`,
      why: 'It is told once, and that answer was lost.',
      next,
      code: 'secret_lost',
    });
  await laterStep(writeFile(file, `${made.privateKey}\n`), 'The private key was not written.', next, stands);
  return made;
}

async function prove({ client, terminal }: Context, file: string, id: string): Promise<void> {
  const key = readKey(file, await readText(file));
  const { nonce, message } = await client.participant.challenge({ id });
  const signature = sign(null, Buffer.from(message, 'utf8'), key).toString('base64');
  const one = await client.participant.prove({ id, nonce, signature });
  terminal.answer(one, () => describeParticipant(one));
}

function readKey(file: string, text: string) {
  try {
    return createPrivateKey({ key: Buffer.from(text.trim(), 'base64'), format: 'der', type: 'pkcs8' });
  } catch {
    throw misuse(
      `${file} holds no private key.`,
      'It has to be the Base64 of an Ed25519 key in PKCS #8.',
      'Name another file.',
    );
  }
}
