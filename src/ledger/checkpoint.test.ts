import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { toBase64 } from './bytes.ts';
import { parseCheckpoint, signCheckpoint, verifyCheckpoint } from './checkpoint.ts';
import { parseVerifierKey, verifierKey } from './note.ts';
import { ledgerKey, newSigner, origin, random, sha256, signer, verifySignature } from './sample.test.ts';

const means = { sha256, verify: verifySignature };
const head = { origin, size: 20_852_163, root: sha256('root') };
const note = signCheckpoint(head, signer, sha256);

const codeOf = (outcome: { ok: boolean; code?: string }) => (outcome.ok ? 'ok' : outcome.code);
const verified = (text: string, keys = [ledgerKey]) => codeOf(verifyCheckpoint(text, keys, means));

test('has the form of C2SP tlog-checkpoint', () => {
  const lines = note.split('\n');
  assert.deepEqual(lines.slice(0, 4), [origin, '20852163', toBase64(head.root), '']);
  assert.match(lines[4]!, /^— humanos\.example\/ledger [A-Za-z0-9+/]{91}=$/);
  assert.deepEqual(lines.slice(5), ['']);
  const id = sha256(Buffer.concat([Buffer.from(`${origin}\n\x01`), signer.publicKey])).slice(0, 4);
  assert.deepEqual(Buffer.from(lines[4]!.split(' ')[2]!, 'base64').subarray(0, 4), Buffer.from(id));
  assert.match(
    ledgerKey,
    new RegExp(`^humanos\\.example/ledger\\+${Buffer.from(id).toString('hex')}\\+A[A-Za-z0-9+/]{43}$`),
  );
});

test('round trip: signed, parsed, verified', () => {
  const line = fc.string({ minLength: 1, unit: 'grapheme' });
  const keyName = fc.stringMatching(/^[a-z0-9./é—-]+$/u);
  fc.assert(
    fc.property(
      line,
      fc.nat(Number.MAX_SAFE_INTEGER),
      line,
      fc.array(line, { maxLength: 3 }),
      keyName,
      (logOrigin, size, content, extensions, name) => {
        const by = newSigner(name);
        const checkpoint = { origin: logOrigin, size, root: sha256(content), extensions };
        const text = signCheckpoint(checkpoint, by, sha256);
        const result = verifyCheckpoint(text, [ledgerKey, verifierKey(name, by.publicKey, sha256)], means);
        assert.deepEqual(result, { ok: true, value: { ...checkpoint, keyName: name } });
        assert.equal(verified(text), 'key_unknown');
      },
    ),
    { numRuns: 50, ...random },
  );
});

test('any changed character makes it count no more', () => {
  fc.assert(
    fc.property(
      fc.nat(note.length - 1),
      fc.constantFrom('A', 'b', '0', '9', ' ', '\n', '=', '+', '—', '\0'),
      (at, letter) => {
        fc.pre(note[at] !== letter);
        assert.notEqual(verified(note.slice(0, at) + letter + note.slice(at + 1)), 'ok');
      },
    ),
    { numRuns: 400, ...random },
  );
});

test('no text causes an exception', () => {
  const piece = fc.constantFrom(
    '\n',
    '\n\n',
    '— ',
    origin,
    ' ',
    '5',
    toBase64(head.root),
    note,
    'AAAAAAA=',
    '\0',
    '\ud800',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece).map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(text, (input) => {
      for (const code of [codeOf(parseCheckpoint(input)), verified(input), verified(note, [input])]) {
        assert.match(code!, /^[a-z_]+$/);
      }
    }),
    { numRuns: 500, ...random },
  );
});

const signatureLine = note.split('\n')[4]!;
const root = toBase64(head.root);
const withText = (text: string) => `${text}\n${signatureLine}\n`;

const malformed: Readonly<Record<string, [string, string]>> = {
  'no signature': [`${origin}\n5\n${root}\n`, 'note_malformed'],
  'nothing but a signature': [`\n${signatureLine}\n`, 'note_malformed'],
  'no final newline': [note.slice(0, -1), 'note_malformed'],
  'text after the signature': [`${note}more\n`, 'note_malformed'],
  'blank line at the end': [`${note}\n`, 'note_malformed'],
  'carriage returns': [note.replaceAll('\n', '\r\n'), 'note_malformed'],
  'a hyphen for the dash': [note.replace('—', '-'), 'note_malformed'],
  'two spaces in the signature line': [note.replace('— ', '—  '), 'note_malformed'],
  'plus in the key name': [note.replace('— humanos', '— human+os'), 'note_malformed'],
  'a signature of a key id only': [
    withText(`${origin}\n5\n${root}\n`).replace(/ [^ ]+\n$/, ' AAAAAA==\n'),
    'note_malformed',
  ],
  'too large': [`${'x'.repeat(300_000)}\n5\n${root}\n\n${signatureLine}\n`, 'note_too_large'],
  'a word after the signature': [note.replace(/\n$/, ' more\n'), 'note_malformed'],
  'a tab in an extension': [withText(`${origin}\n5\n${root}\na\tb\n`), 'note_malformed'],
  'half a character in an extension': [withText(`${origin}\n5\n${root}\n\ud800\n`), 'note_malformed'],
  'no root': [withText(`${origin}\n5\n`), 'checkpoint_malformed'],
  'an empty origin': [withText(`\n5\n${root}\n`), 'checkpoint_malformed'],
  'an empty extension': [withText(`${origin}\n5\n${root}\n\n`), 'checkpoint_malformed'],
  'leading zero': [withText(`${origin}\n05\n${root}\n`), 'checkpoint_malformed'],
  'negative size': [withText(`${origin}\n-5\n${root}\n`), 'checkpoint_malformed'],
  'size beyond 2^53': [withText(`${origin}\n9007199254740993\n${root}\n`), 'checkpoint_malformed'],
  'short root': [withText(`${origin}\n5\n${toBase64(head.root.slice(1))}\n`), 'checkpoint_malformed'],
  'root not in Base 64': [withText(`${origin}\n5\n${'?'.repeat(44)}\n`), 'checkpoint_malformed'],
};

for (const [name, [text, code]] of Object.entries(malformed)) {
  test(`refuses: ${name}`, () => assert.equal(codeOf(parseCheckpoint(text)), code));
}

test('signatures of unknown keys are ignored, one that fails for a known key refuses the note', () => {
  const witness = newSigner('witness.example');
  const foreign = signCheckpoint(head, witness, sha256).split('\n')[4]!;
  assert.equal(verified(`${note}${foreign}\n`), 'ok');
  assert.equal(verified(note.replace(signatureLine, `${foreign}\n${signatureLine}`)), 'ok');
  const sameName = newSigner(origin);
  assert.equal(verified(signCheckpoint(head, sameName, sha256)), 'key_unknown');
  const stale = signCheckpoint({ ...head, size: 1 }, signer, sha256).split('\n')[4]!;
  assert.equal(verified(`${note}${stale}\n`), 'signature_invalid');
  assert.equal(verified(note.replace('20852163', '20852164')), 'signature_invalid');
  const short = `— ${origin} ${toBase64(Buffer.from(signatureLine.split(' ')[2]!, 'base64').subarray(0, 40))}`;
  assert.equal(verified(note.replace(signatureLine, short)), 'signature_invalid');
  const lenient = verifyCheckpoint(note.replace(signatureLine, short), [ledgerKey], {
    sha256,
    verify: () => true,
  });
  assert.equal(codeOf(lenient), 'signature_invalid');
  assert.equal(verified(note, []), 'key_unknown');
});

test('sixteen signatures are accepted', () => {
  const others = Array.from(
    { length: 15 },
    (_, at) => signCheckpoint(head, newSigner(`w${at}`), sha256).split('\n')[4]!,
  );
  assert.equal(verified(`${note}${others.join('\n')}\n`), 'ok');
});

test('a verifier key must be whole and its id its own', () => {
  const [name, id, key] = ledgerKey.split('+', 2).concat(ledgerKey.split('+').slice(2).join('+')) as [
    string,
    string,
    string,
  ];
  const parsed = parseVerifierKey(ledgerKey, sha256);
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.value.publicKey, new Uint8Array(signer.publicKey));
  const ecdsa = toBase64(Buffer.concat([Buffer.of(2), signer.publicKey]));
  for (const wrong of [
    '',
    name,
    `${name}+${id}`,
    `${name}+00000000+${key}`,
    `x${ledgerKey}`,
    ` +${id}+${key}`,
    `${name}+${id}+${ecdsa}`,
    `${ledgerKey}=`,
    ledgerKey.toUpperCase(),
  ]) {
    assert.equal(codeOf(parseVerifierKey(wrong, sha256)), 'verifier_key_malformed', wrong);
    assert.equal(verified(note, [wrong]), 'verifier_key_malformed');
  }
});

test('signs nothing that could not be read', () => {
  const signs =
    (change: object, by = signer) =>
    () =>
      signCheckpoint({ ...head, ...change }, by, sha256);
  for (const change of [
    { origin: '' },
    { origin: 'a\nb' },
    { origin: '\ud800' },
    { extensions: [''] },
    { extensions: ['\t'] },
    { size: -1 },
    { size: 0.5 },
    { root: new Uint8Array(31) },
  ]) {
    assert.throws(signs(change), TypeError);
  }
  for (const name of ['', 'a b', 'a+b', 'a\u00a0b', '\ud800'])
    assert.throws(signs({}, { ...signer, name }), TypeError);
  assert.throws(signs({}, { ...signer, publicKey: new Uint8Array(31) }), TypeError);
  assert.throws(signs({}, { ...signer, sign: () => new Uint8Array(63) }), TypeError);
  assert.throws(() => verifierKey('a b', signer.publicKey, sha256), TypeError);
});

test('the example of the C2SP specification parses', () => {
  const example =
    'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n' +
    '— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n';
  const parsed = parseCheckpoint(example);
  assert.ok(parsed.ok);
  assert.equal(parsed.value.size, 20_852_163);
  assert.equal(parsed.value.signatures[0]?.signature.length, 64);
});
