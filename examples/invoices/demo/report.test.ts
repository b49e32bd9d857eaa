import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventView } from 'humanos/client';
import { decisionLines, exceptionLines, reportLines, summaryLines, type JobReport } from './report.ts';

const sums = { count: 2, taxExclusive: '10.00', taxAmount: '1.90', taxInclusive: '11.90', payable: '11.90' };
const ESCAPE = '\u001b[31m';

test('sums stand in columns, right under right', () => {
  const lines = summaryLines({ byCurrency: { EUR: sums, 'EUR/credit': { ...sums, payable: '1234567.89' } } });
  assert.deepEqual(lines, [
    '            count  without tax   tax  with tax     payable',
    'EUR             2        10.00  1.90     11.90       11.90',
    'EUR/credit      2        10.00  1.90     11.90  1234567.89',
  ]);
  assert.deepEqual(summaryLines({ byCurrency: {} }), ['There is no valid invoice to sum.']);
});

test('nothing that a file says steers the terminal', () => {
  const [invalid, twice] = exceptionLines({
    invalid: { [`a${ESCAPE}.xml`]: ['BR-01', 'BR-02'] },
    duplicates: [{ seller: `S\u009b31m`, number: `1\n2`, files: [`b${ESCAPE}.xml`, 'c.xml'] }],
  });
  assert.deepEqual(invalid, ['a[31m.xml  breaks BR-01, BR-02']);
  assert.deepEqual(twice, ['S31m, number 1 2', '  b[31m.xml', '  c.xml']);
});

test('the report says what the ledger is worth', () => {
  const report: JobReport = {
    run: 'run_1',
    verdict: 'failed',
    summary: null,
    invalid: {},
    duplicates: [],
    ledger: { entries: 7, verified: false },
  };
  const text = reportLines(report, ['Ann  approved']).join('\n');
  assert.match(text, /Run run_1: failed/);
  assert.match(text, /There is no summary/);
  assert.match(text, /Ann {2}approved/);
  assert.match(text, /7 entries, NOT VERIFIED/);
  assert.match(
    reportLines({ ...report, ledger: { entries: 7, verified: true } }, []).join('\n'),
    /7 entries, verified/,
  );
});

test('decisions of people are told, and nothing else', () => {
  const event = (type: string, payload: object, layer = 'decide'): EventView =>
    ({ type, payload, layer, actor: 'passport_1', authority: { kind: 'role', id: 'clerk' } }) as never;
  const decided = (outcome: string, reason: string | null) =>
    event('task.decided', { task: 'run_1:sign-off.approve:1.1', decision: { outcome, reason } });
  const lines = decisionLines(
    [
      event('run.created', {}),
      event('task.completed', { task: 'run_1:read.invoice.1:1.1' }, 'execute'),
      event('task.started', { task: 'run_1:clarify.exceptions:1.1' }),
      event('task.completed', { task: 'run_1:clarify.exceptions:1.1' }),
      decided('reject', `twice${ESCAPE}`),
      decided('approve', null),
    ],
    () => 'Ann',
  );
  assert.deepEqual(lines, [
    'Ann (role clerk)  started the run',
    'Ann (role clerk)  completed clarify.exceptions',
    'Ann (role clerk)  sign-off.approve: reject, because: twice[31m',
    'Ann (role clerk)  sign-off.approve: approve',
  ]);
});
