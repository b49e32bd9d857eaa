import assert from 'node:assert/strict';
import { test } from 'node:test';
import { country } from './country.ts';
import { currency } from './currency.ts';
import { eas } from './eas.ts';
import { icd } from './icd.ts';
import { codesOf, isCode } from './index.ts';
import type { CodeList } from './index.ts';
import { mime, untdid2005, untdid2475, untdid5189, untdid5305 } from './short-lists.ts';
import { unit } from './unit.ts';
import { untdid1001CreditNote } from './untdid1001-credit-note.ts';
import { untdid1001Invoice } from './untdid1001-invoice.ts';
import { untdid1153 } from './untdid1153.ts';
import { untdid4451 } from './untdid4451.ts';
import { untdid4461 } from './untdid4461.ts';
import { untdid7143 } from './untdid7143.ts';
import { untdid7161 } from './untdid7161.ts';
import { vatex } from './vatex.ts';

interface Expectation {
  count: number;
  /** What one code of the list looks like. */
  form: RegExp;
  accepted: string;
  refused: string;
}

const EXPECTED: Record<CodeList, Expectation> = {
  country: {
    count: 252,
    form: /^([A-Z]{2}|1A)$/,
    accepted: 'DE FR DK SS XI 1A AN GR ZW',
    refused: 'EL XX UK EU DEU',
  },
  currency: {
    count: 187,
    form: /^[A-Z]{3}$/,
    accepted: 'EUR USD DKK XXX XTS XCG ZWG BGN HRK VED',
    refused: 'EURO DEM BTC XYZ',
  },
  eas: {
    count: 104,
    form: /^(\d{4}|A[NQSU]|EM)$/,
    accepted: '0088 0204 0246 9930 9959 EM AU',
    refused: '9958 9956 9901 0001 0082 em',
  },
  icd: {
    count: 243,
    form: /^\d{4}$/,
    accepted: '0002 0088 0160 0204 0248',
    refused: '0000 0001 0092 0103 0181 0182 0249 SEPA XR01 88',
  },
  mime: {
    count: 6,
    form: /^[a-z]+\/[a-z.-]+$/,
    accepted: 'application/pdf image/png text/csv',
    refused: 'application/xml image/jpg text/plain',
  },
  unit: {
    count: 2162,
    form: /^[0-9A-Z]{1,3}$/,
    accepted: 'C62 EA H87 HUR KGM XPP XDR XZZ X1 ZZ 10 NL',
    refused: 'PCE STCK XXX X ZZZ PP',
  },
  untdid1001: {
    count: 62,
    form: /^\d{2,3}$/,
    accepted: '380 381 384 389 326 875 71',
    refused: '0 12 310 999',
  },
  'untdid1001-credit-note': {
    count: 13,
    form: /^\d{2,3}$/,
    accepted: '381 396 81 83 261 532',
    refused: '380 384',
  },
  'untdid1001-invoice': {
    count: 52,
    form: /^\d{2,3}$/,
    accepted: '380 384 389 877 81',
    refused: '381 261 396',
  },
  untdid1153: {
    count: 818,
    form: /^[A-Z]{2,3}$/,
    accepted: 'AAA ABT AXS AXU IV VN ZZZ',
    refused: 'ACM ADH XXX',
  },
  untdid2005: { count: 3, form: /^\d{1,3}$/, accepted: '3 35 432', refused: '5 29 72' },
  untdid2475: { count: 3, form: /^\d{1,2}$/, accepted: '5 29 72', refused: '3 35 432' },
  untdid4451: {
    count: 401,
    form: /^[0-9A-Z]{3}$/,
    accepted: 'AAI SUR REG PMT GS7 CCO',
    refused: 'AAH ABY XXX',
  },
  untdid4461: {
    count: 84,
    form: /^(\d{1,2}|ZZZ)$/,
    accepted: '1 10 30 48 57 58 59 69 98 ZZZ',
    refused: '0 71 99 zzz',
  },
  untdid5189: { count: 19, form: /^\d{2,3}$/, accepted: '41 95 100 105', refused: '40 61 101 AA' },
  untdid5305: {
    count: 10,
    form: /^[A-Z]{1,2}$/,
    accepted: 'S Z E AE K G O L M B',
    refused: 'A IC AA',
  },
  untdid7143: {
    count: 185,
    form: /^[A-Z]{2,3}$/,
    accepted: 'IB STI SRV ZZZ TSU GMN PPI',
    refused: 'CVD AAA',
  },
  untdid7161: {
    count: 178,
    form: /^[0-9A-Z]{2,3}$/,
    accepted: 'AA FC ABL ZZZ L1',
    refused: '41 XXX',
  },
  vatex: {
    count: 88,
    form: /^VATEX-(EU|FR)-[0-9A-Z-]+$/,
    accepted: 'VATEX-EU-IC VATEX-EU-AE vatex-eu-132-1a VATEX-FR-CGI275',
    refused: 'VATEX-EU VATEX-EU-132-1R VATEX-DE-1',
  },
};

const SOURCES = {
  country,
  currency,
  eas,
  icd,
  mime,
  unit,
  untdid1001CreditNote,
  untdid1001Invoice,
  untdid1153,
  untdid2005,
  untdid2475,
  untdid4451,
  untdid4461,
  untdid5189,
  untdid5305,
  untdid7143,
  untdid7161,
  vatex,
};

for (const [name, { count, form, accepted, refused }] of Object.entries(EXPECTED)) {
  const list = name as CodeList;
  test(`${list}: ${count} codes, each of the list's form`, () => {
    const codes = codesOf(list);
    assert.equal(codes.length, count);
    assert.deepEqual(
      codes.filter((code) => !form.test(code)),
      [],
    );
  });
  test(`${list}: accepts its codes and refuses others`, () => {
    for (const code of accepted.split(' ')) assert.equal(isCode(list, code), true, code);
    for (const code of refused.split(' ')) assert.equal(isCode(list, code), false, code);
  });
  test(`${list}: refuses the empty string, white space and, but for VATEX, another case`, () => {
    const first = codesOf(list)[0]!;
    for (const code of ['', ' ', ` ${first}`, `${first} `, codesOf(list).slice(0, 2).join(' ')]) {
      assert.equal(isCode(list, code), false, JSON.stringify(code));
    }
    for (const code of codesOf(list)) {
      const other = code === code.toLowerCase() ? code.toUpperCase() : code.toLowerCase();
      if (other !== code) assert.equal(isCode(list, other), list === 'vatex', other);
    }
  });
}

test('no data file names a code twice, and each is sorted', () => {
  for (const [name, source] of Object.entries(SOURCES)) {
    const codes = source.trim().split(/\s+/);
    assert.equal(new Set(codes).size, codes.length, name);
    const numeric = codes.every((code) => /^\d+$/.test(code));
    const sorted = codes.toSorted((a, b) => (numeric ? Number(a) - Number(b) : a < b ? -1 : 1));
    assert.deepEqual(codes, sorted, name);
  }
});
