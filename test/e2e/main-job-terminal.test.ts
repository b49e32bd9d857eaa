import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { ROOT, Running } from './cli-kit.ts';
import { KEYS, noTerminal, Seat } from './main-job-terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'humanos-seat-'));
const seats: Seat[] = [];
after(() => {
  for (const seat of seats) seat.leave();
  rmSync(folder, { recursive: true, force: true });
});

const sit = (command: string, args: readonly string[]): Seat => {
  const seat = new Seat(command, args);
  seats.push(seat);
  return seat;
};
const PROGRAM = ['--conditions=source', join(ROOT, 'src/main/humanos.ts'), 'demo'];
const demo = (database: string): Seat => sit(process.execPath, [...PROGRAM, '--database', database]);

const EXPECTED = JSON.parse(readFileSync(join(ROOT, 'examples/invoices/expected.json'), 'utf8')) as {
  byCurrency: Record<string, { count: number; payable: string }>;
  invalid: Record<string, string[]>;
  duplicates: { seller: string; number: string; files: string[] }[];
};
const ASKED = /press Enter[\s\S]*navigate/;
const APPROVAL = /do you approve this summary[\s\S]*navigate/;
const HEAD = /^(?:running|awaiting_human|awaiting_approval|ok): /;
const BEGIN = /do you let it begin[\s\S]*navigate/;
const STEPS = [
  'invoice_processing.each',
  'duplicate_detection.work',
  'exception_clarification.work',
  'financial_analysis.work',
  'approval.decision',
];

describe('the job at a terminal of 80 × 24', { skip: noTerminal, timeout: 300_000 }, () => {
  test('shows progress and exceptions, takes a rejection with its reason, then an approval', async () => {
    const seat = demo(join(folder, 'decided.sqlite'));
    const counts = new Set<string>();
    seat.watch((text) => {
      for (const [count] of text.matchAll(/\d+\/50/g)) counts.add(count);
    });
    await seat.until(BEGIN);
    assert.match(seat.transcript, /Goal: Process all invoices/);
    for (const step of STEPS) assert.ok(seat.transcript.includes(step), `the plan shows ${step}`);
    seat.press(KEYS.enter);
    await seat.until(ASKED);
    assert.ok(counts.size > 1, `progress was seen to move: ${[...counts].join(' ')}`);
    // What came in one piece with the question may have left the screen with it.
    assert.match(seat.transcript, /50\/50/);
    for (const [file, rules] of Object.entries(EXPECTED.invalid))
      assert.ok(seat.transcript.includes(`${file}  breaks ${rules.join(', ')}`), file);
    for (const { seller, number, files } of EXPECTED.duplicates)
      for (const part of [`${seller}, number ${number}`, ...files])
        assert.ok(seat.transcript.includes(part), part);

    seat.press(KEYS.enter);
    await seat.until(APPROVAL);
    const { count, payable } = EXPECTED.byCurrency['NOK'] ?? assert.fail();
    assert.match(seat.transcript, new RegExp(`NOK +${count} .* ${payable} `));
    assert.match(seat.transcript, /Left out as invalid: 7/);
    seat.press(KEYS.down);
    await seat.until(/● Reject/);
    seat.press(KEYS.enter);
    await seat.until(/Why\?/);
    seat.press(KEYS.enter);
    await seat.until(/A rejection needs a reason/);
    seat.press(`Fjordlys came twice${KEYS.enter}`);

    await seat.until(ASKED);
    assert.match(seat.transcript, /Sent back by the finance manager[^]*Fjordlys came twice/);
    seat.press(KEYS.space);
    await seat.until(/◼ 08-fjordlys-26044/);
    seat.press(KEYS.enter);
    await seat.until(APPROVAL);
    const [, again = ''] = seat.transcript.split('Sent back by the finance manager').slice(1);
    assert.match(again, new RegExp(`NOK +${count - 1} `));
    assert.match(again, /Left out by accounts payable: 08-fjordlys-26044/);
    seat.press(KEYS.enter);

    assert.equal(await seat.ended, 0, seat.transcript);
    assertResult(seat.transcript);
    assertUntangled(seat.transcript, 5);
  });

  test('an interruption leaves the run waiting and says how to go on, at work and at a question', async () => {
    const database = join(folder, 'interrupted twice.sqlite');
    const first = demo(database);
    await first.until(BEGIN);
    first.press(KEYS.enter);
    await first.until(/▓ +\d+\/50|░ +\d+\/50/);
    first.press(KEYS.interrupt);
    assert.equal(await first.ended, 130, first.transcript);
    const command = goOn(first.transcript);
    assert.equal(command, `npm run demo -- --database '${database}'`);

    const second = sit('sh', ['-c', command]);
    await second.until(ASKED);
    assert.match(second.transcript, /Going on with run_\w+, which was not finished/);
    second.press(KEYS.interrupt);
    assert.equal(await second.ended, 130, second.transcript);
    assert.equal(goOn(second.transcript), command);

    const third = new Running(process.execPath, [...PROGRAM, '--yes', '--json', '--database', database], {
      env: process.env,
    });
    const { code, out, err } = await third.ended;
    assert.deepEqual([code, err], [0, '']);
    const report = JSON.parse(out) as { run: string; summary: object; invalid: object; duplicates: object };
    assert.ok(second.transcript.includes(report.run), 'it is the same run');
    const { summary, invalid, duplicates } = report;
    const { byCurrency, ...exceptions } = EXPECTED;
    assert.deepEqual({ summary, invalid, duplicates }, { summary: { byCurrency }, ...exceptions });
  });
});

/** The command that an interrupted job names, whose line the terminal may have broken. */
const goOn = (transcript: string): string => {
  const [, after = ''] = transcript.split('The run waits. Go on with it:\n');
  return after.replaceAll('\n', '').trim();
};

const assertResult = (transcript: string): void => {
  assert.match(transcript, /Run run_\w+: ok/);
  assert.match(transcript, /7 invalid, and left out:/);
  assert.match(transcript, /Ledger: \d+ entries, verified/);
  const [, decided = ''] = transcript.split('Who decided, and on what authority:');
  const lines = [
    /Operations lead \(role operator\) +started the run/,
    /Finance manager \(role operator\) +approved the start/,
    /Accounts payable clerk \(role accounts-payable\) +completed exception_clarification\.work/,
    /Finance manager \(role finance-manager\) +approval\.decision: reject/,
    /because: Fjordlys came twice/,
    /Accounts payable clerk \(role accounts-payable\) +completed exception_clarification\.work/,
    /Finance manager \(role finance-manager\) +approval\.decision: approve/,
  ];
  assert.match(decided.replaceAll('\n', ''), new RegExp(lines.map(({ source }) => source).join('.*')));
};

/** Whatever was drawn again replaced what it should, and nothing else: so many pictures of the run, each whole. */
const assertUntangled = (transcript: string, pictures: number): void => {
  const lines = transcript.split('\n');
  const heads = lines.flatMap((line, at) => (HEAD.test(line) ? [at] : []));
  assert.equal(heads.length, pictures, transcript);
  for (const at of heads) {
    assert.equal(lines[at - 1], '', `nothing stands right above a picture:\n${transcript}`);
    const steps = lines.slice(at + 1, at + 1 + STEPS.length);
    assert.deepEqual(
      steps.map((line) => line.split(' ')[0]),
      STEPS,
    );
  }
};
