import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import fc from 'fast-check';
import { parseXml, type Element } from './xml.ts';

const NAMESPACES = new Map([
  ['urn:a', 'a'],
  ['urn:none', ''],
]);

function root(source: string): Element {
  const parsed = parseXml(source, NAMESPACES);
  if ('problem' in parsed) assert.fail(parsed.problem);
  return parsed.root;
}

function problem(source: string): string {
  const parsed = parseXml(source, NAMESPACES);
  if ('root' in parsed) assert.fail('it was accepted');
  return parsed.problem;
}

describe('reads', () => {
  it('names by namespace, whatever the prefix', () => {
    for (const source of [
      '<x xmlns="urn:a"/>',
      '<p:x xmlns:p="urn:a"/>',
      "<q:x xmlns:q='urn:a' q:z='1'></q:x>",
    ]) {
      assert.equal(root(source).name, 'a:x');
    }
    assert.equal(root('<x xmlns="urn:none"/>').name, 'x');
    assert.equal(root('<x xmlns="urn:other"/>').name, '{urn:other}x');
    assert.equal(root('<x/>').name, '{}x');
  });

  it('namespaces that are declared again, and taken back', () => {
    const tree = root(
      '<p:x xmlns:p="urn:a"><p:y xmlns:p="urn:b"><p:z/></p:y><p:y/><y xmlns="urn:a"><z xmlns=""/></y></p:x>',
    );
    const names = (element: Element): string[] => [element.name, ...element.children.flatMap(names)];
    assert.deepEqual(names(tree), ['a:x', '{urn:b}y', '{urn:b}z', 'a:y', 'a:y', '{}z']);
  });

  it('text of several pieces, references, CDATA, comments, line ends', () => {
    assert.equal(root('<x>a<!-- b -->&lt;<![CDATA[<&]]>&#65;&#x1F600;\r\n\r</x>').text, 'a<<&A😀\n\n');
    assert.equal(root('<x>&#x0000002D;&#00000045;</x>').text, '--');
  });

  it('attributes as written, white space in them as spaces, those of other namespaces left out', () => {
    const { attributes } = root('<x xmlns:p="urn:a" a="1&amp;&quot;" p:b="2" c=\'\t"\r\n\'/>');
    assert.deepEqual(
      [...attributes],
      [
        ['a', '1&"'],
        ['c', ' " '],
      ],
    );
  });

  it('names of any script, processing instructions, a declaration', () => {
    assert.equal(
      root('<?xml version="1.0" encoding=\'UTF-8\' standalone="yes"?>\n<?p q?><größe/><?z?>\n').name,
      '{}größe',
    );
  });
});

describe('refuses', () => {
  const cases: Readonly<Record<string, string>> = {
    'a document type': '<!DOCTYPE x><x/>',
    'an entity bomb': '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
    'an external entity': '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    'a document type inside': '<x><!DOCTYPE x></x>',
    'an entity that nobody declared': '<x>&nbsp;</x>',
    'an unfinished reference': '<x>&amp</x>',
    'a bare ampersand': '<x>a & b</x>',
    'a reference to a forbidden character': '<x>&#0;</x>',
    'a reference to a surrogate': '<x>&#xD800;</x>',
    'a reference beyond Unicode': '<x>&#x110000;</x>',
    'a forbidden character': '<x>\u0001</x>',
    nothing: '',
    'text only': 'hello',
    'text after the root': '<x/>hello',
    'two roots': '<x/><y/>',
    'an open element': '<x><y></y>',
    'crossed elements': '<x><y></x></y>',
    'an end tag alone': '</x>',
    'an end tag that is longer': '<x></xy>',
    'an attribute twice': '<x a="1" a="2"/>',
    'an attribute twice by namespace': '<x xmlns:p="urn:a" xmlns:q="urn:a" p:a="1" q:a="2"/>',
    'an attribute without quotes': '<x a=1/>',
    'an attribute without value': '<x a/>',
    'attributes without space': '<x a="1"b="2"/>',
    '< in an attribute': '<x a="<"/>',
    'an attribute that never ends': '<x a="1/>',
    'an undeclared prefix': '<p:x/>',
    'an undeclared attribute prefix': '<x p:a="1"/>',
    'a prefix taken back': '<x xmlns:p=""/>',
    'the xmlns prefix declared': '<x xmlns:xmlns="urn:a"/>',
    'two colons': '<p:x:y xmlns:p="urn:a"/>',
    'a name that starts with a digit': '<1x/>',
    'a local name that starts with a digit': '<p:1 xmlns:p="urn:a"/>',
    'a comment that is not closed': '<x><!-- a </x>',
    'two hyphens in a comment': '<x><!-- a -- b --></x>',
    'an open CDATA section': '<x><![CDATA[a</x>',
    'a CDATA section outside': '<![CDATA[a]]><x/>',
    'the end of CDATA in text': '<x>]]></x>',
    'a late XML declaration': ' <?xml version="1.0"?><x/>',
    'a malformed XML declaration': '<?xml encoding="UTF-8"?><x/>',
    'an instruction that never ends': '<x><?p </x>',
    'a space before the name': '< x/>',
    'unknown markup': '<x><!FOO></x>',
    'a thousand and one elements below the second level': `<x><x><x>${'<x/>'.repeat(1001)}</x></x></x>`,
    'a hundred and more prefixes': `<x ${Array.from({ length: 101 }, (_, index) => `xmlns:p${index}="urn:a"`).join(' ')}/>`,
    'deep nesting': `${'<x>'.repeat(101)}${'</x>'.repeat(101)}`,
  };
  for (const [name, source] of Object.entries(cases)) {
    it(name, () => assert.match(problem(source), /\(line \d+, column \d+\)$/));
  }

  it('with the line and the column', () => {
    assert.match(problem('<x>\n  <y></z>\n</x>'), /<y> is not closed.*\(line 2, column 6\)$/);
  });

  it('a million open elements at once', () => {
    assert.match(problem('<x>'.repeat(1_000_000)), /nested more than 100 deep/);
  });
});

it('never throws, whatever the input', () => {
  const piece = fc.constantFrom(
    '<x>',
    '</x>',
    '<x/>',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?',
    '?>',
    '&amp;',
    '&',
    '"',
    ' a="1"',
    '<x a="',
    'text',
    '<',
    '>',
    '\u0000',
    '<p:x xmlns:p="urn:a">',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const parsed = parseXml(pieces.join(''), NAMESPACES);
      assert.ok('root' in parsed || parsed.problem !== '');
    }),
    { numRuns: 500 },
  );
});

const SAMPLES = new URL('../../../../shared/data/invoices/valid/', import.meta.url);

it(
  'agrees with fast-xml-parser on the official samples',
  { skip: !existsSync(SAMPLES) && 'the shared samples are not here' },
  () => {
    const parser = new XMLParser({
      preserveOrder: true,
      ignoreAttributes: false,
      attributeNamePrefix: '',
      parseTagValue: false,
      trimValues: false,
      removeNSPrefix: true,
      processEntities: true,
    });
    for (const name of readdirSync(SAMPLES)) {
      const source = readFileSync(new URL(name, SAMPLES), 'utf8')
        .replace(/^\uFEFF/, '')
        .replace(/\r\n?/g, '\n');
      assert.equal(XMLValidator.validate(source), true);
      const own = flat(root(source));
      const other = (parser.parse(source) as Ordered[])
        .filter((node) => !('?xml' in node))
        .flatMap(flatOrdered);
      assert.deepEqual(own, other, name);
    }
  },
);

type Ordered = Record<string, unknown>;

function flat(element: Element): string[] {
  const local = element.name.slice(element.name.lastIndexOf('}') + 1);
  const text = element.children.length === 0 ? element.text : '';
  return [`${local.slice(local.indexOf(':') + 1)}=${text}`, ...element.children.flatMap(flat)];
}

function flatOrdered(node: Ordered): string[] {
  const name = Object.keys(node).find((key) => key !== ':@' && key !== '#text' && key !== '#comment');
  if (name === undefined) return [];
  const inner = node[name] as Ordered[];
  const elements = inner.filter((one) => !('#text' in one));
  const text = elements.length === 0 ? inner.map((one) => String(one['#text'])).join('') : '';
  return [`${name}=${text}`, ...elements.flatMap(flatOrdered)];
}
