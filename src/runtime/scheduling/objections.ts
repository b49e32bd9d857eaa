import type { Objection } from '../../routing/index.ts';
import { partiesOf, type Chain } from '../acting.ts';
import type { Requirement, Router } from './router.ts';

type Asked = Pick<Router, 'objection'>;

/** Why somebody may not do a task, under a delegation or as they are; null when they may. */
export const objectionTo = (
  router: Asked,
  task: Requirement,
  id: string,
  chain: Chain | null,
): Objection | null => (chain ? objectionUnder(router, task, id, chain) : router.objection(task, id));

/** What stands against anybody, also against those who administer the task; null where nothing does. */
export function barTo(router: Asked, task: Requirement, id: string, chain: Chain | null): Objection | null {
  const found = objectionTo(router, { ...task, requires: [], from: [], offeredTo: null }, id, chain);
  return found && BARS.has(found.reason) ? found : null;
}

const BARS: ReadonlySet<string> = new Set([
  'status',
  'kind',
  'excluded',
  'separation',
  'safety',
  'tools',
  'policy',
]);

/**
 * Under a delegation the first grantor is asked whether it might do it, if it is not for being of another kind, or away; whoever acts
 * has to be of the kind, safe enough and allowed the tools; and nobody in the chain may be excluded from it, or have to be separate.
 */
function objectionUnder(router: Asked, task: Requirement, id: string, chain: Chain): Objection | null {
  const { grantor } = chain;
  if (task.offeredTo && !task.offeredTo.includes(grantor.id)) return router.objection(task, id);
  const anybody = { ...task, offeredTo: null };
  const asGrantor = router.objection({ ...anybody, by: grantor.kind }, grantor.id);
  if (asGrantor && asGrantor.reason !== 'away') return asGrantor;
  const open = { ...anybody, requires: [], from: [] };
  const own = router.objection(open, id);
  if (own) return own;
  for (const party of partiesOf(chain)) {
    const found = router.objection({ ...open, by: null }, party);
    if (found && APART.has(found.reason)) return found;
  }
  return null;
}

const APART: ReadonlySet<string> = new Set(['excluded', 'separation']);
