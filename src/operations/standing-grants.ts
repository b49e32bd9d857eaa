import type { GrantRecord } from '../runtime/index.ts';
import { plainWrite, type Context, type Read } from './context.ts';
import { done } from './outcome.ts';
import { asGranted } from './permissions.ts';
import { remembering } from './repetition.ts';
import type { GrantView } from './schema/policies.ts';

/** Standing grants; they are proposed and approved as policies are. */
function grantView({ runtime, clock }: Pick<Context, 'runtime' | 'clock'>, record: GrantRecord): GrantView {
  const { id, document, restsOn, grantedAt, grantedBy, proposedBy, state } = record;
  const expiresAt = runtime.organisation.policies.grants.expiryOf(record);
  const status = state.status === 'active' && clock.now() >= expiresAt ? 'expired' : state.status;
  const { uses, amount } = state;
  return {
    id,
    document,
    restsOn: [...restsOn],
    status,
    uses,
    amount,
    grantedAt,
    expiresAt,
    grantedBy,
    proposedBy,
  };
}

export const listGrants: Read<'grant.list'> = async (context) =>
  done({
    grants: context.runtime.organisation.policies.grants.all.map((grant) => grantView(context, grant)),
  });

export const revokeGrant = plainWrite('grant.revoke', {
  async act(context, { input: { id, reason }, caller, idempotency }) {
    const by = asGranted(caller, 'policies.write');
    const keep = remembering(idempotency, (record: GrantRecord) => grantView(context, record));
    const revoked = await context.runtime.organisation.policies.grants.revoke(id, reason ?? null, by, keep);
    return revoked.ok ? done(grantView(context, revoked.value)) : revoked;
  },
});
