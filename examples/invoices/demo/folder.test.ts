import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
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
