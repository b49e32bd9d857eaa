import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOfFileName, fileNameOf } from './file-name.ts';

const utf8 = (text: string): Buffer => Buffer.from(text);
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

test('a name that is UTF-8 is itself', () => {
  for (const name of ['a.xml', 'Größe 100%.xml', 'a%E9.xml', 'sub/発票.xml', '😀.xml', '\uFEFFbom.xml'])
    assert.equal(fileNameOf(utf8(name)), name);
});

test('bytes that are none of UTF-8 are told by their numbers', () => {
  assert.equal(fileNameOf(latin1('caf\u00E9.xml')), 'caf\uFFFDE9.xml');
  assert.equal(fileNameOf(Buffer.concat([utf8('é'), latin1('\u00FF'), utf8('发.xml')])), 'é\uFFFDFF发.xml');
});

test('no two names are told as the same, and each is found again by what is told', () => {
  const names = [
    latin1('caf\u00E9.xml'),
    latin1('caf\u00E8.xml'),
    utf8('caf\uFFFD.xml'),
    utf8('caf\uFFFDE9.xml'),
    utf8('café.xml'),
    Buffer.from([0xf0, 0x9f, 0x98]),
    Buffer.from([0xed, 0xa0, 0x80]),
    Buffer.from([0xc0, 0x80, 0x41]),
  ];
  for (const name of names) assert.deepEqual(bytesOfFileName(fileNameOf(name)), name);
  assert.equal(new Set(names.map(fileNameOf)).size, names.length);
});
