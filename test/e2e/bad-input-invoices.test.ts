import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { humanos, INBOX, jobOver, startHumanos, type Report } from './main-job-program.ts';

const root = mkdtempSync(join(tmpdir(), 'humanos-bad-'));
after(() => rmSync(root, { recursive: true, force: true }));

const folder = (name: string): string => {
  mkdirSync(join(root, name), { recursive: true });
  return join(root, name);
};
/** A right invoice of `Lindenau Bürobedarf & Lehrmittel GmbH`, of 2026. */
const RIGHT = join(INBOX, '02-lindenau-2026-0117.cii.xml');
const OTHERS = [
  '03-havnegade-70312.ubl.xml',
  '04-granviken-GK01560.ubl.xml',
  '05-kilbrannan-KS-05512.ubl.xml',
];
const CANARY = 'canary-a7c1e2';

describe('a folder with everything that is wrong', { timeout: 300_000 }, () => {
  const inbox = folder('everything wrong');
  const database = join(root, 'everything.sqlite');
  const at = (name: string): string => join(inbox, name);
  const write = (name: string, content: string | Uint8Array): void => writeFileSync(at(name), content);
  const asked: string[] = [];
  let server: Server;
  let report: Report;

  before(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end(CANARY);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    writeEncodings(write);
    writeEntities(write, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    writeShapes(write, at);
    writeNames(at);
    report = await jobOver(inbox, database);
  });
  after(() => server.close());

  test('the job comes to its end, with a record that verifies', () => {
    assert.deepEqual([report.verdict, report.ledger.verified], ['ok', true]);
  });

  test('each file that is no right invoice is reported with what is wrong with it, and no other', () => {
    assert.deepEqual({ ...report.invalid }, INVALID);
  });

  test('what is right is read, in whatever encoding and under whatever name', () => {
    const [group, ...others] = report.duplicates;
    assert.deepEqual(others, []);
    assert.equal(group?.seller, 'Lindenau Bürobedarf & Lehrmittel GmbH');
    assert.deepEqual(group?.files, RIGHT_ONES.toSorted());
    const counts = Object.values(report.summary.byCurrency).map(({ count }) => count);
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      RIGHT_ONES.length,
    );
  });

  test('no entity was followed, into a file or over the network', () => {
    assert.deepEqual(asked, []);
    for (const file of [database, `${database}-wal`])
      assert.ok(!readIfThere(file).includes(CANARY), 'nothing of another file was taken in');
    assert.ok(!JSON.stringify(report).includes(CANARY));
  });
});

/** Copies of one right invoice. */
const RIGHT_ONES = [
  'right.xml',
  'latin1 declared.xml',
  'utf-16.xml',
  'byte order mark.xml',
  'link inside.xml',
  'folder.xml/inside.XML',
  'UPPER.XML',
  ' spaces  before and after .xml',
  'наряд 名前 🧾 ü.xml',
  `quotes '"\`$(x); & more.xml`,
  '-rf.xml',
  '..xml',
  'line\nbreak \u001b[31mred.xml',
  '__proto__.xml',
];

const INVALID: Readonly<Record<string, readonly string[]>> = {
  'latin1 undeclared.xml': ['ENCODING'],
  'latin1 as utf-8.xml': ['ENCODING'],
  'unknown encoding.xml': ['ENCODING'],
  'bomb.xml': ['XML'],
  'bomb of parameters.xml': ['XML'],
  'external file.xml': ['XML'],
  'external address.xml': ['XML'],
  'external type.xml': ['XML'],
  'empty.xml': ['XML'],
  'blanks.xml': ['XML'],
  'noise.xml': ['ENCODING'],
  'cut off.xml': ['XML'],
  'deep.xml': ['XML'],
  'page.xml': ['SYNTAX'],
  'large.xml': ['SIZE'],
  'huge.xml': ['SIZE'],
  'link outside.xml': ['FILE'],
  'link to nothing.xml': ['FILE'],
  'link to itself.xml': ['FILE'],
  'link to a folder.xml': ['FILE'],
  'pipe.xml': ['FILE'],
};

const right = readFileSync(RIGHT, 'utf8');
const declared = (encoding: string): string => right.replace(/encoding="[^"]*"/, `encoding="${encoding}"`);
const undeclared = right.replace(/ encoding="[^"]*"/, '');

const writeEncodings = (write: (name: string, content: string | Uint8Array) => void): void => {
  assert.ok(right.includes('ü') && undeclared !== right);
  write('right.xml', right);
  write('latin1 declared.xml', Buffer.from(declared('ISO-8859-1'), 'latin1'));
  write('utf-16.xml', Buffer.from(`\ufeff${declared('UTF-16')}`, 'utf16le'));
  write('byte order mark.xml', `\ufeff${right}`);
  write('latin1 undeclared.xml', Buffer.from(undeclared, 'latin1'));
  write('latin1 as utf-8.xml', Buffer.from(declared('UTF-8'), 'latin1'));
  write('unknown encoding.xml', declared('x-no-such-thing'));
};

/** Documents with a type: it says what an entity stands for. */
const writeEntities = (write: (name: string, content: string) => void, address: string): void => {
  const secret = join(root, 'secret.txt');
  writeFileSync(secret, CANARY);
  const typed = (type: string, content: string): string =>
    right.replace(/\?>\s*/, `?>\n<!DOCTYPE x ${type}>\n`).replace('Lindenau B', `${content}Lindenau B`);
  const laughs = Array.from({ length: 9 }, (_, at) => `<!ENTITY e${at + 1} "${`&e${at};`.repeat(10)}">`);
  write('bomb.xml', typed(`[<!ENTITY e0 "ha">${laughs.join('')}]`, '&e9;'));
  const parameters = laughs.join('').replaceAll('ENTITY e', 'ENTITY % e').replaceAll('&', '&#37;');
  write('bomb of parameters.xml', typed(`[<!ENTITY % e0 "ha">${parameters} %e9;]`, ''));
  write('external file.xml', typed(`[<!ENTITY e SYSTEM "file://${secret}">]`, '&e;'));
  write('external address.xml', typed(`[<!ENTITY e SYSTEM "${address}/entity">]`, '&e;'));
  write('external type.xml', typed(`SYSTEM "${address}/type.dtd"`, ''));
};

const MIB = 1024 * 1024;

const writeShapes = (
  write: (name: string, content: string | Uint8Array) => void,
  at: (name: string) => string,
): void => {
  write('empty.xml', '');
  write('blanks.xml', ' \n\t '.repeat(1000));
  write(
    'noise.xml',
    Uint8Array.from({ length: 5000 }, (_, index) => (index * 7919 + 128) % 256),
  );
  write('cut off.xml', right.slice(0, right.length / 2));
  write('deep.xml', '<a>'.repeat(300_000));
  write('page.xml', '<!-- a page --><html><body/></html>');
  write('large.xml', `<?xml version="1.0"?><a>${'b'.repeat(21 * MIB)}</a>`);
  write('huge.xml', '<a>');
  truncateSync(at('huge.xml'), 3 * 1024 * MIB);
  write('no invoice.txt', 'It is not looked at.');
  mkdirSync(at('folder.xml'));
  copyFileSync(RIGHT, at('folder.xml/inside.XML'));
  symlinkSync('right.xml', at('link inside.xml'));
  symlinkSync(RIGHT, at('link outside.xml'));
  symlinkSync('nothing', at('link to nothing.xml'));
  symlinkSync('link to itself.xml', at('link to itself.xml'));
  symlinkSync('folder.xml', at('link to a folder.xml'));
  execFileSync('mkfifo', [at('pipe.xml')]);
};

const writeNames = (at: (name: string) => string): void => {
  const names = RIGHT_ONES.slice(RIGHT_ONES.indexOf('UPPER.XML'));
  for (const name of names) copyFileSync(RIGHT, at(name));
};

const readIfThere = (file: string): Buffer => {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
};

describe('folders', { timeout: 300_000 }, () => {
  const refusals: Readonly<Record<string, readonly [path: string, why: RegExp]>> = {
    'one that is missing': [join(root, 'missing'), /There is no folder/],
    'one that is empty': [folder('empty'), /There are no invoices/],
    'one with other files only': [folder('others'), /There are no invoices/],
    'a file': [RIGHT, /is a file, not a folder/],
  };
  before(() => writeFileSync(join(folder('others'), 'readme.txt'), 'Nothing'));

  for (const [what, [path, why]] of Object.entries(refusals))
    test(`${what} is refused: what, why and what to do`, async () => {
      const database = join(root, 'never.sqlite');
      const args = ['demo', '--yes', '--json', '--input', path, '--database', database];
      const { code, out, err } = await humanos(...args);
      assert.deepEqual([code, out], [1, '']);
      const { error } = JSON.parse(err) as { error: Record<'code' | 'what' | 'why' | 'next', string> };
      assert.equal(error.code, 'no_invoices');
      assert.match(error.why, why);
      assert.ok(error.what && error.next.includes('--input'));
      assert.equal(readIfThere(database).length, 0, 'no database was made');
    });

  test('without a terminal and without --yes nobody could be asked', async () => {
    const { code, out, err } = await humanos('demo');
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /code: no_terminal/);
  });

  test('one with a single file, with blanks and ü in its name', async () => {
    const single = folder('nur eine, schön');
    copyFileSync(RIGHT, join(single, 'nur diese.xml'));
    const { verdict, summary, invalid, duplicates } = await jobOver(single, join(root, 'single ü.sqlite'));
    assert.deepEqual([verdict, invalid, duplicates], ['ok', {}, []]);
    assert.deepEqual(
      Object.values(summary.byCurrency).map(({ count }) => count),
      [1],
    );
  });

  test('one without a single right invoice: there is nothing to sum, which is a result', async () => {
    const none = folder('none right');
    writeFileSync(join(none, 'a.xml'), '');
    const { verdict, summary, invalid } = await jobOver(none, join(root, 'none.sqlite'));
    assert.deepEqual([verdict, summary, invalid], ['ok', { byCurrency: {} }, { 'a.xml': ['XML'] }]);
  });

  test('another one than the run was started with is refused, and the run is still there', async () => {
    const [here, there] = [folder('here'), folder('there')];
    for (const name of OTHERS) copyFileSync(join(INBOX, name), join(here, name));
    copyFileSync(RIGHT, join(there, 'other.xml'));
    const database = join(root, 'moved.sqlite');
    await beginAndLeave(here, database);
    const refused = await humanos('demo', '--yes', '--json', '--input', there, '--database', database);
    assert.deepEqual([refused.code, refused.out], [1, '']);
    assert.match(refused.err, /"code": "other_folder"/);
    const { summary } = await jobOver(here, database);
    const counts = Object.values(summary.byCurrency).map(({ count }) => count);
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      OTHERS.length,
    );
  });
});

/** Starts the job, and kills it once its run is in the database. */
const beginAndLeave = async (input: string, database: string): Promise<void> => {
  const args = ['demo', '--yes', '--input', input, '--database', database];
  const running = startHumanos(...args);
  await running.until(/invoice_processing\.each/);
  await running.stop('SIGKILL');
};
