import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MAX_BYTES, readInvoice } from './index.ts';
import { ciiInvoice } from './testing/cii-document.ts';
import { CII, UBL } from './testing/paths.ts';
import { add, bytesOf, n, put, toXml, type Node } from './testing/tree.ts';
import { ublCreditNote, ublInvoice } from './testing/ubl-document.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const rules = (bytes: Uint8Array) => readInvoice(bytes).broken.map((finding) => finding.rule);

function edited(document: Node, ...edits: ((document: Node) => void)[]): Uint8Array {
  for (const edit of edits) edit(document);
  return bytesOf(document);
}

describe('a file that is no invoice', () => {
  const cases: Readonly<Record<string, readonly [string, Uint8Array]>> = {
    'an empty file': ['XML', new Uint8Array()],
    'some text': ['XML', utf8('Dear Sir or Madam')],
    JSON: ['XML', utf8('{"invoice":1}')],
    'a PDF': ['ENCODING', Uint8Array.from([...utf8('%PDF-1.7\n'), 0xe2, 0xe3, 0xcf, 0xd3])],
    'an entity bomb': ['XML', utf8('<!DOCTYPE a [<!ENTITY b "bbbb">]><Invoice>&b;</Invoice>')],
    'another document': ['SYNTAX', utf8('<html xmlns="http://www.w3.org/1999/xhtml"/>')],
    'an invoice of no namespace': ['SYNTAX', utf8('<Invoice/>')],
    'a root that looks like a property of objects': ['SYNTAX', utf8('<constructor xmlns=""/>')],
    'an order': ['SYNTAX', utf8('<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>')],
    'bytes of another encoding': [
      'ENCODING',
      Uint8Array.from([0x3c, 0x78, 0x3e, 0xfc, 0x3c, 0x2f, 0x78, 0x3e]),
    ],
  };
  for (const [name, [rule, bytes]] of Object.entries(cases)) {
    it(`${name}: ${rule}`, () => {
      const { invoice, broken } = readInvoice(bytes);
      assert.equal(invoice, null);
      assert.deepEqual(
        broken.map((finding) => finding.rule),
        [rule],
      );
      assert.ok(broken[0]?.message.endsWith('.'));
    });
  }

  it('a file beyond the limit: SIZE', () => {
    assert.deepEqual(rules(new Uint8Array(MAX_BYTES + 1)), ['SIZE']);
  });
});

describe('an invoice', () => {
  it('with nothing in it breaks what is mandatory and is still read', () => {
    for (const name of ['Invoice', 'CreditNote']) {
      const { invoice, broken } = readInvoice(
        utf8(`<${name} xmlns="urn:oasis:names:specification:ubl:schema:xsd:${name}-2"/>`),
      );
      assert.ok(invoice);
      assert.ok(broken.length > 15);
      assert.equal(invoice.creditNote, name === 'CreditNote');
    }
  });

  it('is the same whatever the prefixes', () => {
    const xml = toXml(ublInvoice());
    const renamed = xml
      .replaceAll('cbc:', 'x:')
      .replaceAll('xmlns:cbc', 'xmlns:x')
      .replaceAll('cac:', 'y.y:')
      .replaceAll('xmlns:cac', 'xmlns:y.y');
    assert.deepEqual(readInvoice(utf8(renamed)), readInvoice(utf8(xml)));
  });

  it('is credit when it says 381, or is a credit note', () => {
    const is = (bytes: Uint8Array) => readInvoice(bytes).invoice?.creditNote;
    assert.equal(is(edited(ublInvoice())), false);
    assert.equal(is(edited(ublCreditNote())), true);
    assert.equal(is(edited(ublCreditNote(), put('cbc:InvoiceTypeCode', '396'))), true);
    assert.equal(is(edited(ciiInvoice(), put(`${CII.document}/ram:TypeCode`, '381'))), true);
    assert.equal(is(edited(ciiInvoice(), put(`${CII.document}/ram:TypeCode`, '384'))), false);
  });

  it('leaves out what an extension holds', () => {
    const hidden = n('ext:UBLExtensions', [
      n('ext:UBLExtension', [n('ext:ExtensionContent', [n('cbc:Amount', 'much', { currencyID: '?' })])]),
    ]);
    const document = ublInvoice();
    document.attributes['xmlns:ext'] =
      'urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2';
    assert.deepEqual(rules(edited(document, add('', hidden))), []);
  });

  it('may correct thousands of others', () => {
    const preceding = add(
      CII.settlement,
      n('ram:InvoiceReferencedDocument', [n('ram:IssuerAssignedID', 'INV-0')]),
    );
    const edits = Array.from({ length: 1001 }, () => preceding);
    assert.deepEqual(rules(edited(ciiInvoice(), ...edits)), []);
  });

  it('keeps amounts as they are written', () => {
    const { invoice } = readInvoice(
      edited(ciiInvoice(), put(`${CII.totals}/ram:GrandTotalAmount`, ' 228.0 ')),
    );
    assert.equal(invoice?.totals.taxInclusive, '228.0');
    assert.equal(invoice?.totals.taxAmount, '38.00');
  });

  it('can be written as JSON', () => {
    const { invoice } = readInvoice(bytesOf(ciiInvoice()));
    assert.deepEqual(
      JSON.parse(JSON.stringify(invoice)),
      JSON.parse(JSON.stringify(readInvoice(bytesOf(ciiInvoice())).invoice)),
    );
  });
});

describe('the content of elements', () => {
  it('a number that is none is a finding, with its place', () => {
    const { broken } = readInvoice(edited(ublInvoice(), put(`${UBL.line}/cac:Price/cbc:PriceAmount`, '1e3')));
    assert.deepEqual(
      broken.map(({ rule, at }) => [rule, at]),
      [
        ['NUMBER', '/ubl:Invoice/cac:InvoiceLine[1]/cac:Price/cbc:PriceAmount'],
        ['BR-27', '/ubl:Invoice/cac:InvoiceLine[1]'],
      ],
    );
  });

  it('arithmetic on what is no number is broken, not skipped', () => {
    const ids = rules(edited(ciiInvoice(), put(`${CII.totals}/ram:GrandTotalAmount`, '228,00')));
    assert.deepEqual(ids, ['NUMBER', 'BR-CO-15', 'BR-CO-16']);
  });

  it('a date that is none is a finding', () => {
    assert.deepEqual(rules(edited(ublInvoice(), put('cbc:IssueDate', '2026-02-30'))), ['DATE']);
    assert.deepEqual(
      rules(edited(ciiInvoice(), put(`${CII.document}/ram:IssueDateTime/udt:DateTimeString`, '20260230'))),
      ['DATE'],
    );
    assert.deepEqual(
      rules(edited(ciiInvoice(), put(`${CII.document}/ram:IssueDateTime/udt:DateTimeString`, '20261301'))),
      ['CII-DT-097'],
    );
    const { invoice } = readInvoice(edited(ublInvoice(), put('cbc:IssueDate', '2024-02-29+01:00')));
    assert.equal(invoice?.issueDate, '2024-02-29');
  });

  it('a whole card number is a warning in UBL', () => {
    const { broken, warnings } = readInvoice(
      edited(
        ublInvoice(),
        put('cac:PaymentMeans/cac:CardAccount/cbc:PrimaryAccountNumberID', '4111111111111111'),
      ),
    );
    assert.deepEqual([broken, warnings.map((finding) => finding.rule)], [[], ['BR-51']]);
  });
});

describe('whatever is done to an invoice', () => {
  const made = [ublInvoice, ublCreditNote, ciiInvoice];
  const edit = fc.record({
    at: fc.nat(),
    what: fc.constantFrom('drop', 'empty', 'repeat', 'text', 'move', 'attribute'),
    text: fc.constantFrom(
      '',
      ' ',
      '0',
      '-1',
      '1e9',
      '99999999999999999999.999',
      'x',
      '\u00a0',
      '2026-13-01',
      'VAT',
      'S',
      'O',
      'K',
    ),
  });

  it('it is read and judged without a fault, and the same each time', () => {
    fc.assert(
      fc.property(fc.nat(2), fc.array(edit, { minLength: 1, maxLength: 12 }), (which, edits) => {
        const document = made[which]!();
        for (const { at, what, text } of edits) change(document, at, what, text);
        const bytes = bytesOf(document);
        const first = readInvoice(bytes);
        assert.deepEqual(readInvoice(bytes), first);
        for (const finding of first.broken)
          assert.match(finding.rule, /^(?:(?:BR|UBL|CII)-[A-Z0-9-]+|NUMBER|DATE|SYNTAX)$/);
      }),
      { numRuns: 150 },
    );
  });
});

function nodesOf(node: Node): Node[] {
  return [node, ...node.children.flatMap(nodesOf)];
}

function change(document: Node, at: number, what: string, text: string): void {
  const nodes = nodesOf(document);
  const parents = nodes.filter((node) => node.children.length > 0);
  const parent = parents[at % parents.length];
  const node = nodes[at % nodes.length];
  if (!parent || !node) return;
  if (what === 'drop') parent.children.splice(at % parent.children.length, 1);
  else if (what === 'empty') node.children = [];
  else if (what === 'repeat')
    parent.children.push(structuredClone(parent.children[at % parent.children.length]!));
  else if (what === 'move') document.children.push(structuredClone(node));
  else if (what === 'text') node.text = text;
  else
    for (const name of Object.keys(node.attributes))
      if (!name.startsWith('xmlns')) node.attributes[name] = text;
}
