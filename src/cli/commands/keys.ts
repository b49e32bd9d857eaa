import { createPrivateKey, sign } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import { readText } from '../input.ts';
import { misuse } from '../trouble.ts';
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

/** The file is opened first: a key that cannot be written down is lost. */
async function makeKey({ client, terminal }: Context, file: string, id: string): Promise<void> {
  await writeFile(file, '', { flag: 'wx', mode: 0o600 });
  const { privateKey, publicKey, participant } = await client.participant.generateKey({ id });
  await writeFile(file, `${privateKey ?? ''}\n`);
  terminal.answer({ publicKey, file, participant }, () => [
    ...describeParticipant(participant),
    `  private key in ${file}`,
    `  prove it: humanos participants prove ${file} ${id}`,
  ]);
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
