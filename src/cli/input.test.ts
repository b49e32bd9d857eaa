import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { momentOf, readDocument, readValue } from './input.ts';
import { Trouble } from './trouble.ts';

const typed = (...bytes: Buffer[]): NodeJS.ReadStream => Readable.from(bytes) as unknown as NodeJS.ReadStream;
const troubled =
  (why: RegExp, exit = 2) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof Trouble, String(error));
    assert.match(error.why, why);
    assert.equal(error.exit, exit);
    return true;
  };

test('a value that would be sent as another is none, and the place is named', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'input-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, text: string | Buffer): string => {
    writeFileSync(join(folder, name), text);
    return `@${join(folder, name)}`;
  };
  const none = typed();
  for (const [text, why] of [
    ['{"id":12345678901234567890}', /^Line 1, column 7: The number 12345678901234567890 cannot be held/],
    ['{"n":1e400}', /^Line 1, column 6: The number 1e400 /],
    ['{"a":1,\n"a":2}', /^Line 2, column 1: The key "a" stands twice/],
    ['{"__proto__":1}', /__proto__/],
    ['{"a":', /^Line 1, column 6: A value is expected here/],
  ] as const) {
    await assert.rejects(readValue(text, none, '--input'), troubled(why));
    await assert.rejects(readValue('-', typed(Buffer.from(text)), '--input'), troubled(why));
    await assert.rejects(readValue(file('a.json', text), none, '--input'), troubled(why));
  }
  for (const [text, why] of [
    ['a: 1\nid: 12345678901234567890', /^Line 2, column 5: .*cannot be held exactly/],
    ['a: 1\na: 2', /^Line 2, column 1: The key "a" stands twice/],
    ['a: .inf', /^Line 1, column 4/],
  ] as const) {
    await assert.rejects(readValue(file('a.yaml', text), none, '--input'), troubled(why));
    await assert.rejects(readDocument(file('a.yml', text).slice(1)), troubled(why));
  }
  const latin = Buffer.from([0x22, 0xe9, 0x22]);
  await assert.rejects(readValue('-', typed(latin), '--input'), troubled(/not UTF-8/, 1));
  await assert.rejects(readValue(file('b.json', latin), none, '--input'), troubled(/not UTF-8/, 1));
});

test('a value is read however long or deep it is, as it may be sent', async () => {
  const [head, tail] = [
    Buffer.from('"'.concat('x'.repeat(3_000_000), '\u00e9')).subarray(0, -1),
    Buffer.from([0xa9, 0x22]),
  ];
  assert.equal(await readValue('-', typed(head, tail), '--input'), `${'x'.repeat(3_000_000)}é`);
  assert.deepEqual(await readValue('0.33333333333333333333', typed(), '--input'), 1 / 3);
  const deep = '['.repeat(100) + ']'.repeat(100);
  assert.deepEqual(await readValue(deep, typed(), '--input'), JSON.parse(deep));
});

test('a time is a date of the calendar, with or without a time of the day, or so long from now', () => {
  for (const [text, at] of [
    ['2027-01-31T09:00:00Z', Date.UTC(2027, 0, 31, 9)],
    ['2027-01-31T09:00:00.5+01:00', Date.UTC(2027, 0, 31, 8, 0, 0, 500)],
    ['2027-01-31T23:00-0200', Date.UTC(2027, 1, 1, 1)],
    ['2028-02-29', new Date(2028, 1, 29).getTime()],
    ['2027-05-12 09:30', new Date(2027, 4, 12, 9, 30).getTime()],
    ['2027-05-12 09:30:15', new Date(2027, 4, 12, 9, 30, 15).getTime()],
  ] as const)
    assert.equal(momentOf(text), at, text);
  const soon = momentOf('8h') - Date.now();
  assert.ok(soon > 8 * 3_600_000 - 10_000 && soon <= 8 * 3_600_000);
});

test('a date alone begins as its day does here, as a time without a zone is one of here', (t) => {
  const before = process.env.TZ;
  t.after(() => (before === undefined ? delete process.env.TZ : (process.env.TZ = before)));
  for (const [zone, at] of [
    ['America/New_York', '2027-12-24T05:00:00Z'],
    ['Europe/Berlin', '2027-12-23T23:00:00Z'],
  ] as const) {
    process.env.TZ = zone;
    for (const text of ['2027-12-24', '2027-12-24 00:00'])
      assert.equal(new Date(momentOf(text)).toISOString(), new Date(at).toISOString(), `${text} ${zone}`);
  }
});

test('what could be taken for more than one time is none', () => {
  const wrong = [
    '45',
    '3600',
    '12.05.2027',
    '05/12/2027',
    '2027-02-30T09:00:00Z',
    '2027-02-29',
    '2027-13-01',
  ];
  for (const text of [...wrong, '2027-01-31T25:00Z', '2027-1-5', 'May 2027', '2027', '8 h', '-8h', ''])
    assert.throws(
      () => momentOf(text),
      (error) => error instanceof Trouble && error.exit === 2,
      text,
    );
});
