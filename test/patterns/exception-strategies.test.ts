import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Strategy } from './strategy-kit.ts';

/** Every strategy that the catalogue lists for failed work, triggers from outside and violated constraints, one test each. */
const ROWS: readonly string[] = [
  'WIF: OFF-CWC-NIL',
  'WIF: OFF-CWC-COM',
  'WIF: OFC-CWC-NIL',
  'WIF: OFC-CWC-COM',
  'WIF: AFF-CWC-NIL',
  'WIF: AFF-CWC-COM',
  'WIF: AFC-CWC-NIL',
  'WIF: AFC-CWC-COM',
  'WIF: SRS-CWC-NIL',
  'WIF: SRS-CWC-COM',
  'WIF: SRS-CWC-RBK',
  'WIF: SFF-CWC-NIL',
  'WIF: SFF-CWC-COM',
  'WIF: SFF-CWC-RBK',
  'WIF: SFF-RCC-NIL',
  'WIF: SFF-RCC-COM',
  'WIF: SFF-RCC-RBK',
  'WIF: SFC-CWC-NIL',
  'WIF: SFC-CWC-COM',
  'WIF: SFC-CWC-RBK',
  'EXT: OFF-CWC-NIL',
  'EXT: OFF-RCC-NIL',
  'EXT: AFF-CWC-NIL',
  'EXT: AFF-RCC-NIL',
  'EXT: SFF-CWC-NIL',
  'EXT: SFF-RCC-NIL',
  'EXT: SFC-CWC-NIL',
  'EXT: SFC-RCC-NIL',
  'CVI: SCE-RCC-NIL',
  'CVI: SCE-RAC-NIL',
  'CVI: SRS-CWC-NIL',
  'CVI: SRS-RCC-NIL',
  'CVI: SRS-RAC-NIL',
  'CVI: SFF-CWC-NIL',
  'CVI: SFF-RCC-NIL',
  'CVI: SFF-RAC-NIL',
];

for (const code of ROWS)
  test(code, async () => {
    const strategy = await Strategy.open(code);
    await strategy.handle();
    await strategy.check();
    await strategy.close();
  });

test('what reaches beyond the task is for people who operate runs, and an agent begins anew only its own', async () => {
  const { office, id, run } = await Strategy.open('WIF: SFF-CWC-NIL');
  const refused = async (who: string, verb: string, body: object, code: string): Promise<void> => {
    const answer = await office.act(who, verb, id, body);
    assert.equal(answer.body.code, code, answer.text);
  };
  await refused('other', 'force-fail', {}, 'not_allowed');
  await refused('clerk', 'force-complete', {}, 'not_allowed');
  await refused('clerk', 'restart', { case: 'remove' }, 'forbidden');
  await refused('clerk', 'restart', { recovery: { rollback: 'p0' } }, 'forbidden');
  await refused('root', 'restart', { recovery: { rollback: 'nowhere' } }, 'phase_unknown');
  assert.equal((await office.post('clerk', `/v1/runs/${run}/rollback`, { phase: 'p0' })).status, 403);
  const { assignee, status } = await office.does('clerk', 'restart', id);
  assert.deepEqual([assignee, status], ['passport_clerk', 'in_progress']);
  await office.close();
});
