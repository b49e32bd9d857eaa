import type { Client } from '../../src/client/index.ts';

type Registration = Parameters<Client['participant']['register']>[0];

/** Registers somebody who works for the first administrator, unless it is a human, and gives the secret of its first token. */
export async function enrol(
  admin: Client,
  one: Omit<Registration, 'owner'>,
): Promise<{ readonly id: string; readonly secret: string }> {
  const owner = one.kind === 'human' ? null : 'passport_human_admin';
  const { id } = await admin.participant.register({ ...one, owner });
  const { secret } = await admin.token.issue({ passport: id });
  return { id, secret: secret ?? '' };
}
