import type { Person } from '../policy/index.ts';
import { accountableFor, type Passport } from '../routing/index.ts';
import { chainOf, mayAct, partiesOf } from '../runtime/index.ts';
import type { Context } from './context.ts';
import { grantOf } from './permissions.ts';
import type { Permission } from './schema/index.ts';

/** Who acts, and which humans stand behind them. */
export function personOf(caller: Passport): Person {
  const chain = chainOf(caller);
  return {
    id: caller.id,
    kind: caller.kind,
    accountable: accountableFor(caller),
    actsFor: chain ? [...partiesOf(chain)] : [],
  };
}

/** Whether there is no other human, whatever becomes of them. */
export const isOnlyHuman = ({ runtime }: Context, { id }: Passport): boolean =>
  runtime.organisation.passports().every((one) => one.kind !== 'human' || one.id === id);

/** Whether nobody else may do it now. */
export const isOnlyOneWith = ({ runtime }: Context, { id }: Passport, permission: Permission): boolean =>
  runtime.organisation
    .passports()
    .every(
      (one) => one.id === id || one.kind !== 'human' || !mayAct(one) || grantOf(one, permission) === null,
    );
