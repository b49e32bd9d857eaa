import assert from 'node:assert/strict';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { MAX_BYTES } from '../en16931/index.ts';
import { readIn } from './read.ts';

const outside = mkdtempSync(join(tmpdir(), 'humanos-read-'));
chmodSync(outside, 0o755);
const folder = join(outside, 'inbox');
mkdirSync(folder);
after(() => rmSync(outside, { recursive: true, force: true }));

const RIGHT = join(import.meta.dirname, '../inbox/01-nordhafen-RE-2026-04081.ubl.xml');
const copyTo = (path: string): void => copyFileSync(RIGHT, path);
copyTo(join(folder, 'right.xml'));
copyTo(join(outside, 'outside.xml'));

const read = (file: string, from = folder) => readIn(from)({ input: { invoice: file } });
const brokenIn = async (file: string, from?: string): Promise<string[]> => (await read(file, from)).broken;

test('a right invoice becomes its facts', async () => {
  const { file, broken, seller, number } = await read('right.xml');
  assert.deepEqual(
    { file, broken, seller, number },
    {
      file: 'right.xml',
      broken: [],
      seller: 'Nordhafen Werkzeugbau GmbH',
      number: 'RE-2026-04081',
    },
  );
});

test('a file the reader may not open is reported, and is no failure', async (t) => {
  const closed = join(folder, 'closed.xml');
  copyTo(closed);
  chmodSync(closed, 0o000);
  // Root may open everything: for a moment the process is somebody else.
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  t.after(() => isRoot && process.seteuid?.(0));
  assert.deepEqual(await brokenIn('closed.xml'), ['FILE']);
  assert.deepEqual(await brokenIn('right.xml'), [], 'others can be read');
});

test('no name leads out of the folder', async () => {
  symlinkSync(join(outside, 'outside.xml'), join(folder, 'link.xml'));
  symlinkSync(outside, join(folder, 'up'));
  for (const file of [
    'link.xml',
    'up/outside.xml',
    '../outside.xml',
    join(outside, 'outside.xml'),
    'up/inbox/../outside.xml',
    '',
    '.',
    'right.xml\u0000.txt',
    'missing.xml',
  ])
    assert.deepEqual(await brokenIn(file), ['FILE'], JSON.stringify(file));
  assert.deepEqual(await brokenIn('up/inbox/right.xml'), [], 'a link may lead back in');
});

test('a folder that begins with the same letters is another folder', async () => {
  mkdirSync(`${folder}-private`);
  copyTo(join(`${folder}-private`, 'secret.xml'));
  assert.deepEqual(await brokenIn('../inbox-private/secret.xml'), ['FILE']);
});

test('the root folder can be the inbox', async () => {
  assert.deepEqual(await brokenIn(RIGHT.slice(1), '/'), []);
});

test('what is larger than the limit is not read', async () => {
  writeFileSync(join(folder, 'large.xml'), '');
  truncateSync(join(folder, 'large.xml'), MAX_BYTES + 1);
  assert.deepEqual(await brokenIn('large.xml'), ['SIZE']);
  truncateSync(join(folder, 'large.xml'), 64 * 1024 * MAX_BYTES);
  assert.deepEqual(await brokenIn('large.xml'), ['SIZE']);
});
