/** Runs tables of rule × syntax: a whole document is edited, and must then break exactly the rules expected. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readInvoice } from '../index.ts';
import { ciiInvoice } from './cii-document.ts';
import { sampleOf, type Sample } from './sample.ts';
import { bytesOf, type Edit, type Node } from './tree.ts';
import { ublCreditNote, ublInvoice } from './ubl-document.ts';

export type SyntaxName = 'UBL Invoice' | 'UBL CreditNote' | 'CII';

export interface Break {
  readonly rule: string;
  /** Tried on an Invoice and on a CreditNote. A text says why UBL cannot break the rule. */
  readonly ubl: Edit | string;
  /** A text says why CII cannot break the rule. */
  readonly cii: Edit | string;
  readonly sample?: Sample;
  /** Rules that are broken by the same edit, per syntax. */
  readonly also?: Partial<Record<'ubl' | 'cii' | SyntaxName, readonly string[]>>;
  /** What is expected where the rule itself is not broken in a UBL credit note. */
  readonly notInCreditNote?: boolean;
  readonly what?: string;
}

const DOCUMENTS: Readonly<Record<SyntaxName, (sample?: Sample) => Node>> = {
  'UBL Invoice': ublInvoice,
  'UBL CreditNote': ublCreditNote,
  CII: ciiInvoice,
};

function documentOf(syntax: SyntaxName, sample: Sample = sampleOf('S')): Node {
  return DOCUMENTS[syntax](sample);
}

/** Rules about meaning (BR-…) and about shape (UBL-…, CII-…) are looked at apart: one edit mostly breaks both. */
type Kind = 'meaning' | 'shape' | 'all';

function brokenBy(syntax: SyntaxName, edit: Edit, sample?: Sample, kind: Kind = 'all'): string[] {
  const document = documentOf(syntax, sample);
  edit(document);
  const rules = readInvoice(bytesOf(document)).broken.map((finding) => finding.rule);
  return [...new Set(rules)].filter((rule) => kind === 'all' || kindOf(rule) === kind).sort();
}

function kindOf(rule: string): Kind {
  return rule.startsWith('UBL-') || rule.startsWith('CII-') ? 'shape' : 'meaning';
}

export function breakAll(title: string, cases: readonly Break[]): void {
  describe(title, () => {
    for (const one of cases) {
      for (const syntax of Object.keys(DOCUMENTS) as SyntaxName[]) test(one, syntax);
    }
  });
}

function test(one: Break, syntax: SyntaxName): void {
  const family = syntax === 'CII' ? 'cii' : 'ubl';
  const edit = one[family];
  const name = `${one.rule} in ${syntax}${one.what ? `: ${one.what}` : ''}`;
  if (typeof edit === 'string') return;
  it(name, () => {
    const own = one.notInCreditNote && syntax === 'UBL CreditNote' ? [] : [one.rule];
    const expected = [
      ...new Set([...own, ...(one.also?.[family] ?? []), ...(one.also?.[syntax] ?? [])]),
    ].sort();
    assert.deepEqual(brokenBy(syntax, edit, one.sample, kindOf(one.rule)), expected);
  });
}

/** Edits after which a document must still keep every rule. */
export interface Keep {
  readonly what: string;
  readonly ubl?: Edit;
  readonly cii?: Edit;
  readonly sample?: Sample;
}

export function keepAll(title: string, cases: readonly Keep[]): void {
  describe(title, () => {
    for (const one of cases) {
      for (const syntax of Object.keys(DOCUMENTS) as SyntaxName[]) {
        const edit = syntax === 'CII' ? one.cii : one.ubl;
        if (edit)
          it(`${one.what} (${syntax})`, () => assert.deepEqual(brokenBy(syntax, edit, one.sample), []));
      }
    }
  });
}
