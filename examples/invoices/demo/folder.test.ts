import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readIn } from '../agents/read.ts';
import { invoicesIn, NoInvoices } from './folder.ts';

const root = mkdtempSync(join(tmpdir(), 'humanos-folder-'));
after(() => rmSync(root, { recursive: true, force: true }));

test('XML files are found in folders of folders, links among them, in one order everywhere', async () => {
  for (const path of ['z.xml', 'a/b/c.XML', 'folder.xml/x.xml', 'a.txt', 'xml', 'Z.xml']) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), '');
  }
  symlinkSync('nothing', join(root, 'm.xml'));
  assert.deepEqual(await invoicesIn(root), ['Z.xml', 'a/b/c.XML', 'folder.xml/x.xml', 'm.xml', 'z.xml']);
});

test('files whose names are no UTF-8 are found, each by a name of its own', async (t) => {
  const latin = mkdtempSync(join(tmpdir(), 'humanos-latin-'));
  t.after(() => rmSync(latin, { recursive: true, force: true }));
  const inside = (name: string): Buffer =>
    Buffer.concat([Buffer.from(`${latin}/`), Buffer.from(name, 'latin1')]);
  try {
    mkdirSync(inside('b\u00E4r'));
  } catch {
    return t.skip('file systems of this machine take only UTF-8');
  }
  const right = readFileSync(join(import.meta.dirname, '../inbox/01-nordhafen-RE-2026-04081.ubl.xml'));
  for (const name of ['caf\u00E8.xml', 'caf\u00E9.xml', 'b\u00E4r/caf\u00E9.xml', 'plain.xml'])
    writeFileSync(inside(name), right);
  const found = await invoicesIn(latin);
  assert.deepEqual(found, ['b\uFFFDE4r/caf\uFFFDE9.xml', 'caf\uFFFDE8.xml', 'caf\uFFFDE9.xml', 'plain.xml']);
  for (const invoice of found) {
    const { file, broken } = await readIn(latin)({ input: { invoice } });
    assert.deepEqual({ file, broken }, { file: invoice, broken: [] });
  }
});

test('a folder that links to itself has an end', async () => {
  symlinkSync('.', join(root, 'a/again'));
  assert.equal((await invoicesIn(root)).length, 5);
});

test('where there is nothing to process is said in words', async () => {
  mkdirSync(join(root, 'empty'));
  const said = (path: string) =>
    invoicesIn(path).then(
      () => assert.fail('nothing was said'),
      (fault: unknown) => (fault instanceof NoInvoices ? fault.message : assert.fail(String(fault))),
    );
  assert.match(await said(join(root, 'missing')), /no folder/);
  assert.match(await said(join(root, 'empty')), /no invoices/);
  assert.match(await said(join(root, 'z.xml')), /is a file/);
});
