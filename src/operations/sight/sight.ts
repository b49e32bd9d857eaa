import type { TaskRules, Visibility } from '../../definition/index.ts';
import type { Passport } from '../../routing/index.ts';
import { writing } from '../../runtime/index.ts';
import type { StoredDocument } from '../../store/index.ts';
import { plainWrite, type Context, type Read } from '../context.ts';
import { done } from '../outcome.ts';
import { asGranted, grantOf } from '../permissions.ts';
import { remembering } from '../repetition.ts';

/** Who sees tasks in which they have no role, as the organisation says (SEE-1): it holds where a step says nothing else. */
export type Sight = { readonly [Part in keyof Visibility]: NonNullable<Visibility[Part]> };
/** Tasks that nobody has, and those that somebody has. */
export const PARTS = ['unallocated', 'allocated'] as const satisfies readonly (keyof Visibility)[];

const SETTING = 'visibility';
const USUAL: Sight = { unallocated: 'everyone', allocated: 'everyone' };
const sightIn = (stored: StoredDocument | null): Sight => ({
  ...USUAL,
  ...(stored?.body as Partial<Sight> | undefined),
});

export const sightOf = async ({ runtime }: Context): Promise<Sight> =>
  sightIn(await runtime.store.document('setting', SETTING));

/** What holds for tasks of a step with these rules. */
export const ruleFor = (
  rules: TaskRules | null | undefined,
  part: keyof Visibility,
  sight: Sight,
): Sight[keyof Visibility] => rules?.visibility[part] ?? sight[part];

/** Whether nothing can be hidden from the caller. */
export const seesAll = (caller: Passport): boolean =>
  grantOf(caller, 'ledger.read') !== null || grantOf(caller, 'runs.operate') !== null;

export const getVisibility: Read<'task.visibility'> = async (context) => done(await sightOf(context));

export const setVisibility = plainWrite('task.set_visibility', {
  async act(context, { input, caller, idempotency }) {
    const { organisation, store } = context.runtime;
    const stored = await store.document('setting', SETTING);
    const before = sightIn(stored);
    const body = {
      unallocated: input.unallocated ?? before.unallocated,
      allocated: input.allocated ?? before.allocated,
    };
    const expected = stored?.revision ?? 0;
    return organisation.change({
      by: asGranted(caller, 'participants.write'),
      fixed: true,
      remember: remembering(idempotency),
      decide: () =>
        done({
          type: 'visibility.set',
          payload: body,
          changes: [writing({ kind: 'setting', id: SETTING, expected, body })],
          value: body,
        }),
    });
  },
});
