import { breakAll, keepAll, type Break } from '../testing/breaking.ts';
import { priceDiscount } from '../testing/cii-document.ts';
import { CII, UBL } from '../testing/paths.ts';
import { sampleOf } from '../testing/sample.ts';
import { add, attr, both, drop, n, put, twice, type Edit } from '../testing/tree.ts';

const RATED = ['S', 'L', 'M'];
const FAMILY: Readonly<Record<string, string>> = { K: 'IC', L: 'AF', M: 'AG' };
/** Categories whose breakdowns the general rules do not reach in CII. */
const SHADOWED = ['L', 'M', 'O'];

const familyOf = (code: string) => `BR-${FAMILY[code] ?? code}`;
const cii = (code: string, rules: readonly string[]) => (SHADOWED.includes(code) ? [] : rules);

const ublRate = (path: string, rate: string | undefined): Edit =>
  rate === undefined ? drop(`${path}/cbc:Percent`) : put(`${path}/cbc:Percent`, rate);
const ciiRate = (path: string, rate: string | undefined): Edit =>
  rate === undefined
    ? drop(`${path}/ram:RateApplicablePercent`)
    : put(`${path}/ram:RateApplicablePercent`, rate);

/** No VAT identifier of anybody, no representative. */
const anonymous = {
  ubl: both(
    drop(`${UBL.seller}/cac:PartyTaxScheme`),
    drop(`${UBL.buyer}/cac:PartyTaxScheme`),
    drop(UBL.representative),
  ),
  cii: both(
    drop(`${CII.seller}/ram:SpecifiedTaxRegistration`),
    drop(`${CII.buyer}/ram:SpecifiedTaxRegistration`),
    drop(CII.representative),
  ),
};
const identified = {
  ubl: add(
    UBL.seller,
    n('cac:PartyTaxScheme', [n('cbc:CompanyID', 'DE1'), n('cac:TaxScheme', [n('cbc:ID', 'VAT')])]),
  ),
  cii: add(CII.seller, n('ram:SpecifiedTaxRegistration', [n('ram:ID', 'DE1', { schemeID: 'VA' })])),
};

/** -01: breakdowns that do not fit the uses. */
function brokenDown(code: string): Break[] {
  const rule = `${familyOf(code)}-01`;
  if (!RATED.includes(code)) {
    return [
      { rule, ubl: twice(UBL.subtotal), cii: twice(CII.tax), sample: sampleOf(code), what: 'two breakdowns' },
      {
        rule,
        ubl: drop(UBL.subtotal),
        cii: code === 'O' ? 'CII asks only of O that is broken down' : drop(CII.tax),
        sample: sampleOf(code),
        also: { ubl: ['BR-CO-18'], cii: ['BR-CO-18'] },
        what: 'no breakdown',
      },
    ];
  }
  return [
    {
      rule,
      ubl: drop(UBL.subtotal),
      cii: drop(CII.tax),
      sample: sampleOf(code, true),
      also: { ubl: ['BR-CO-18'], cii: ['BR-CO-14', 'BR-CO-18'] },
      what: 'no breakdown',
    },
  ];
}

/** -02 to -04: one case each, in which the other two do not occur, and one with all. */
function identification(code: string): Break[] {
  const family = familyOf(code);
  const edit = code === 'O' ? identified : anonymous;
  const all = [`${family}-02`, `${family}-03`, `${family}-04`];
  return all.map((rule, index) => ({
    rule,
    ...edit,
    sample: sampleOf(code, index < 2),
    also: { ubl: index < 2 ? all.slice(0, 2) : all, cii: index < 2 ? all.slice(0, 2) : all },
  }));
}

function wrongRate(code: string): string {
  if (code === 'O') return '0';
  return code === 'L' || code === 'M' ? '-1' : code === 'S' ? '0' : '1';
}

/** -05 to -07: the rate of a line, an allowance, a charge. */
function rates(code: string): Break[] {
  const family = familyOf(code);
  const wrong = wrongRate(code);
  const set = (path: string, name: string): Edit =>
    code === 'O' ? add(path, n(name, wrong)) : put(`${path}/${name}`, wrong);
  const places = [
    ['05', `${UBL.item}/cac:ClassifiedTaxCategory`, `${CII.lineSettlement}/ram:ApplicableTradeTax`],
    ['06', `${UBL.allowance}/cac:TaxCategory`, `${CII.allowance}/ram:CategoryTradeTax`],
    ['07', `${UBL.charge}/cac:TaxCategory`, `${CII.charge}/ram:CategoryTradeTax`],
  ] as const;
  return places.map(([number, ubl, ciiPath]) => ({
    rule: `${family}-${number}`,
    ubl: set(ubl, 'cbc:Percent'),
    cii: set(ciiPath, 'ram:RateApplicablePercent'),
    sample: sampleOf(code),
    also: RATED.includes(code) ? { ubl: [`${family}-08`], cii: code === 'S' ? [`${family}-08`] : [] } : {},
  }));
}

/** -08 to -10: the breakdown itself. */
function breakdown(code: string): Break[] {
  const family = familyOf(code);
  const isRated = RATED.includes(code);
  const hasReason = sampleOf(code).reason;
  const reasonPath = `${UBL.subtotal}/cac:TaxCategory`;
  const tax = (amount: string) => ({
    ubl: both(put('cac:TaxTotal/cbc:TaxAmount', amount), put(`${UBL.subtotal}/cbc:TaxAmount`, amount)),
    cii: both(
      put(`${CII.totals}/ram:TaxTotalAmount`, amount),
      put(`${CII.tax}/ram:CalculatedAmount`, amount),
    ),
  });
  const ciiOfRated = 'the CII artefact does not reach the rate of this category';
  return [
    {
      rule: `${family}-08`,
      ubl: put(`${UBL.subtotal}/cbc:TaxableAmount`, '191.00'),
      cii: isRated && code !== 'S' ? ciiOfRated : put(`${CII.tax}/ram:BasisAmount`, '191.00'),
      sample: sampleOf(code),
    },
    {
      rule: `${family}-09`,
      ubl: tax('50.00').ubl,
      cii: isRated && code !== 'S' ? ciiOfRated : tax('50.00').cii,
      sample: sampleOf(code),
      also: {
        ubl: ['BR-CO-15', 'BR-CO-17'],
        // A total without VAT that equals the total with VAT satisfies CII whatever the VAT is.
        cii: [...(isRated ? ['BR-CO-15'] : []), ...cii(code, ['BR-CO-17'])],
      },
    },
    {
      rule: `${family}-10`,
      ubl: hasReason
        ? drop(`${reasonPath}/cbc:TaxExemptionReason`)
        : add(reasonPath, n('cbc:TaxExemptionReason', 'why')),
      cii: hasReason ? drop(`${CII.tax}/ram:ExemptionReason`) : add(CII.tax, n('ram:ExemptionReason', 'why')),
      sample: sampleOf(code),
      what: 'reason',
    },
  ];
}

for (const code of ['S', 'Z', 'E', 'AE', 'K', 'G', 'O', 'L', 'M']) {
  breakAll(`${familyOf(code)} (category ${code})`, [
    ...brokenDown(code),
    ...identification(code),
    ...rates(code),
    ...breakdown(code),
  ]);
}

const buyerTax = {
  ubl: drop(`${UBL.buyer}/cac:PartyTaxScheme`),
  cii: drop(`${CII.buyer}/ram:SpecifiedTaxRegistration`),
};
const localSeller = {
  ubl: both(put(`${UBL.seller}/cac:PartyTaxScheme/cac:TaxScheme/cbc:ID`, 'TAX'), drop(UBL.representative)),
  cii: both(
    attr(`${CII.seller}/ram:SpecifiedTaxRegistration/ram:ID`, 'schemeID', 'FC'),
    drop(CII.representative),
  ),
};
const three = (family: string) => ['02', '03', '04'].map((number) => `BR-${family}-${number}`);
const broken = (family: string) => ({ ubl: three(family), cii: three(family) });

breakAll('the VAT categories: who must be identified', [
  { rule: 'BR-AE-02', ...buyerTax, sample: sampleOf('AE'), also: broken('AE'), what: 'an unknown buyer' },
  { rule: 'BR-IC-02', ...buyerTax, sample: sampleOf('K'), also: broken('IC'), what: 'an unknown buyer' },
  {
    rule: 'BR-IC-02',
    ...localSeller,
    sample: sampleOf('K'),
    also: broken('IC'),
    what: 'a seller with a local tax number',
  },
  {
    rule: 'BR-G-02',
    ...localSeller,
    sample: sampleOf('G'),
    also: broken('G'),
    what: 'a seller with a local tax number',
  },
]);

breakAll('the VAT categories: used in a price alone', [
  {
    rule: 'BR-Z-01',
    ubl: 'an allowance of a price has no VAT category',
    cii: priceDiscount('Z'),
  },
  {
    rule: 'BR-O-13',
    ubl: 'an allowance of a price has no VAT category',
    cii: priceDiscount('Z'),
    sample: sampleOf('O'),
    also: { cii: ['BR-O-14', 'BR-Z-01'] },
  },
]);

keepAll('the VAT categories: what is allowed', [
  { what: 'standard rate, a seller with a local tax number', ...localSeller },
  { what: 'reverse charge, a seller with a local tax number', ...localSeller, sample: sampleOf('AE') },
  {
    what: 'reverse charge, a buyer with a legal registration',
    ubl: both(buyerTax.ubl, add(`${UBL.buyer}/cac:PartyLegalEntity`, n('cbc:CompanyID', '1'))),
    cii: both(buyerTax.cii, add(CII.buyer, n('ram:SpecifiedLegalOrganization', [n('ram:ID', '1')]))),
    sample: sampleOf('AE'),
  },
]);

keepAll('the VAT categories: tolerance of the taxable amount', [
  { what: 'standard rate in UBL', ubl: put(`${UBL.subtotal}/cbc:TaxableAmount`, '190.99') },
  { what: 'exemption in CII', cii: put(`${CII.tax}/ram:BasisAmount`, '190.99'), sample: sampleOf('E') },
]);

breakAll('the VAT categories: where there is no tolerance', [
  {
    rule: 'BR-S-09',
    ubl: put(`${UBL.subtotal}/cbc:TaxableAmount`, '-10.00'),
    cii: 'a way of the UBL artefact',
    also: { ubl: ['BR-CO-17'] },
    what: 'charges minus allowances alone do for BR-S-08',
  },
  { rule: 'BR-S-08', ubl: 'less than one off is allowed', cii: put(`${CII.tax}/ram:BasisAmount`, '190.01') },
  {
    rule: 'BR-E-08',
    ubl: put(`${UBL.subtotal}/cbc:TaxableAmount`, '190.01'),
    cii: 'less than one off is allowed',
    sample: sampleOf('E'),
  },
  {
    rule: 'BR-O-08',
    ubl: put(`${UBL.subtotal}/cbc:TaxableAmount`, '190.01'),
    cii: put(`${CII.tax}/ram:BasisAmount`, '190.01'),
    sample: sampleOf('O'),
  },
  {
    rule: 'BR-AF-05',
    ubl: 'zero is allowed',
    cii: ciiRate(`${CII.lineSettlement}/ram:ApplicableTradeTax`, '0'),
    sample: sampleOf('L'),
    what: 'a rate of zero',
  },
  {
    rule: 'BR-S-05',
    ubl: ublRate(`${UBL.item}/cac:ClassifiedTaxCategory`, undefined),
    cii: ciiRate(`${CII.lineSettlement}/ram:ApplicableTradeTax`, undefined),
    also: { ubl: ['BR-S-08'], cii: ['BR-S-08'] },
    what: 'no rate',
  },
]);
