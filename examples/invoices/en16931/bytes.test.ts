import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decode } from './bytes.ts';

const XML = (encoding: string) => `<?xml version="1.0" encoding="${encoding}"?><x>Müller €</x>`;
const utf8 = (text: string) => new TextEncoder().encode(text);

function utf16(text: string, bigEndian: boolean, mark: boolean): Uint8Array {
  const marked = (mark ? '\uFEFF' : '') + text;
  const units = Array.from({ length: marked.length }, (_, index) => marked.charCodeAt(index));
  return Uint8Array.from(
    units.flatMap((unit) => (bigEndian ? [unit >> 8, unit & 255] : [unit & 255, unit >> 8])),
  );
}

function single(text: string, euro: number): Uint8Array {
  return Uint8Array.from({ length: text.length }, (_, index) =>
    text[index] === '€' ? euro : text.charCodeAt(index),
  );
}

function text(bytes: Uint8Array): string {
  const decoded = decode(bytes);
  return 'text' in decoded ? decoded.text : assert.fail(decoded.problem);
}

function problem(bytes: Uint8Array): string {
  const decoded = decode(bytes);
  return 'problem' in decoded ? decoded.problem : assert.fail('it was accepted');
}

describe('decodes', () => {
  it('UTF-8, with and without a mark, declared or not', () => {
    assert.equal(text(utf8(XML('utf-8'))), XML('utf-8'));
    assert.equal(text(utf8('<x>€</x>')), '<x>€</x>');
    assert.equal(text(Uint8Array.from([0xef, 0xbb, 0xbf, ...utf8('<x>€</x>')])), '<x>€</x>');
  });

  it('UTF-16 in both orders, by its mark or by its zero bytes', () => {
    for (const bigEndian of [true, false]) {
      for (const mark of [true, false])
        assert.equal(text(utf16(XML('UTF-16'), bigEndian, mark)), XML('UTF-16'));
    }
  });

  it('declared single-byte encodings', () => {
    assert.equal(text(single(XML('windows-1252'), 0x80)), XML('windows-1252'));
    assert.equal(text(single(XML('ISO-8859-15'), 0xa4)), XML('ISO-8859-15'));
    assert.match(text(single('<?xml version="1.0" encoding=\'ISO-8859-1\'?><x>Müller</x>', 0)), /Müller/);
  });
});

describe('refuses', () => {
  it('bytes that are not valid in the encoding', () => {
    assert.equal(problem(single(XML('UTF-8'), 0x80)), 'the bytes are not valid UTF-8');
    assert.equal(problem(single('<x>ü</x>', 0)), 'the bytes are not valid utf-8');
    assert.equal(problem(utf16('<x/>', false, true).slice(0, -1)), 'the bytes are not valid utf-16le');
  });

  it('encodings that it does not know', () => {
    assert.equal(problem(utf8(XML('EBCDIC-US'))), 'encoding EBCDIC-US is not supported');
    assert.equal(problem(utf8(XML('UTF-7'))), 'encoding UTF-7 is not supported');
    assert.equal(problem(Uint8Array.from([0xff, 0xfe, 0, 0, 0x3c, 0, 0, 0])), 'UTF-32 is not supported');
  });

  it('a declaration that the bytes belie', () => {
    assert.match(problem(utf8(XML('UTF-16'))), /its bytes are not UTF-16/);
    assert.match(problem(utf8(XML('US-ASCII'))), /holds other bytes/);
  });
});
