import type { TokenRecord } from '../runtime/index.ts';
import { pageOf, plainWrite, type Read } from './context.ts';
import { done } from './outcome.ts';
import { whom } from './participants.ts';
import { asGranted } from './permissions.ts';
import { remembering } from './repetition.ts';

export const issueToken = plainWrite('token.issue', {
  unrecorded: true,
  async act({ runtime, newId, newSecret, clock }, { input: { passport, label }, caller, idempotency }) {
    const secret = `humanos_${newSecret()}`;
    const token: TokenRecord = {
      id: `token_${newId()}`,
      passport: whom(passport, caller),
      label,
      createdAt: clock.now(),
      revokedAt: null,
    };
    const by = asGranted(caller, 'tokens.write');
    const kept = remembering(idempotency, () => ({ token, secret: null }));
    const issued = await runtime.organisation.tokens.issue(secret, token, by, kept);
    return issued.ok ? done({ token: { ...issued.value }, secret }) : issued;
  },
});

export const listTokens: Read<'token.list'> = async ({ runtime }, { input }) => {
  const { rows, next } = await runtime.organisation.tokens.list(pageOf(input));
  return done({ rows: rows.map((token) => ({ ...token })), next });
};

export const revokeToken = plainWrite('token.revoke', {
  async act({ runtime }, { input: { id }, caller, idempotency }) {
    const by = asGranted(caller, 'tokens.write');
    const outcome = await runtime.organisation.tokens.revoke(id, by, remembering(idempotency));
    return outcome.ok ? done({ ...outcome.value }) : outcome;
  },
});
