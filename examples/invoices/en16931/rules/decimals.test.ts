import { breakAll, keepAll, type Break } from '../testing/breaking.ts';
import { CII, UBL } from '../testing/paths.ts';
import { add, both, n, type Edit, type Node } from '../testing/tree.ts';
import { all } from '../testing/tree.ts';

/** The same amount with a third decimal: no other rule can be broken by it. */
function longer(path: string): Edit {
  return (document: Node) => {
    for (const node of all(document, path)) node.text += node.text.includes('.') ? '0' : '.000';
  };
}

const PARTS: readonly (readonly [string, string, string])[] = [
  ['BR-DEC-01', `${UBL.allowance}/cbc:Amount`, `${CII.allowance}/ram:ActualAmount`],
  ['BR-DEC-02', `${UBL.allowance}/cbc:BaseAmount`, `${CII.allowance}/ram:BasisAmount`],
  ['BR-DEC-05', `${UBL.charge}/cbc:Amount`, `${CII.charge}/ram:ActualAmount`],
  ['BR-DEC-06', `${UBL.charge}/cbc:BaseAmount`, `${CII.charge}/ram:BasisAmount`],
  ['BR-DEC-09', `${UBL.totals}/cbc:LineExtensionAmount`, `${CII.totals}/ram:LineTotalAmount`],
  ['BR-DEC-10', `${UBL.totals}/cbc:AllowanceTotalAmount`, `${CII.totals}/ram:AllowanceTotalAmount`],
  ['BR-DEC-11', `${UBL.totals}/cbc:ChargeTotalAmount`, `${CII.totals}/ram:ChargeTotalAmount`],
  ['BR-DEC-12', `${UBL.totals}/cbc:TaxExclusiveAmount`, `${CII.totals}/ram:TaxBasisTotalAmount`],
  ['BR-DEC-14', `${UBL.totals}/cbc:TaxInclusiveAmount`, `${CII.totals}/ram:GrandTotalAmount`],
  ['BR-DEC-16', `${UBL.totals}/cbc:PrepaidAmount`, `${CII.totals}/ram:TotalPrepaidAmount`],
  ['BR-DEC-17', `${UBL.totals}/cbc:PayableRoundingAmount`, `${CII.totals}/ram:RoundingAmount`],
  ['BR-DEC-18', `${UBL.totals}/cbc:PayableAmount`, `${CII.totals}/ram:DuePayableAmount`],
  ['BR-DEC-19', `${UBL.subtotal}/cbc:TaxableAmount`, `${CII.tax}/ram:BasisAmount`],
  ['BR-DEC-20', `${UBL.subtotal}/cbc:TaxAmount`, `${CII.tax}/ram:CalculatedAmount`],
  [
    'BR-DEC-23',
    `${UBL.line}/cbc:LineExtensionAmount`,
    `${CII.lineSettlement}/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount`,
  ],
  ['BR-DEC-24', `${UBL.lineAllowance}/cbc:Amount`, `${CII.lineAllowance}/ram:ActualAmount`],
  ['BR-DEC-25', `${UBL.lineAllowance}/cbc:BaseAmount`, `${CII.lineAllowance}/ram:BasisAmount`],
  ['BR-DEC-27', `${UBL.lineCharge}/cbc:Amount`, `${CII.lineCharge}/ram:ActualAmount`],
  ['BR-DEC-28', `${UBL.lineCharge}/cbc:BaseAmount`, `${CII.lineCharge}/ram:BasisAmount`],
];

/** A blank after the second decimal counts as a third, as the artefacts measure it. */
function padded(path: string): Edit {
  return (document: Node) => {
    for (const node of all(document, path)) node.text += ' ';
  };
}

const accounting = (amount: string) => ({
  ubl: both(
    add('', n('cbc:TaxCurrencyCode', 'SEK')),
    add('', n('cac:TaxTotal', [n('cbc:TaxAmount', amount, { currencyID: 'SEK' })])),
  ),
  cii: both(
    add(CII.settlement, n('ram:TaxCurrencyCode', 'SEK')),
    add(CII.totals, n('ram:TaxTotalAmount', amount, { currencyID: 'SEK' })),
  ),
});

breakAll('BR-DEC', [
  ...PARTS.map(([rule, ubl, cii]): Break => ({ rule, ubl: longer(ubl), cii: longer(cii) })),
  ...PARTS.map(([rule, ubl, cii]): Break => ({
    rule,
    ubl: padded(ubl),
    cii: padded(cii),
    what: 'a blank at the end',
  })),
  {
    rule: 'BR-DEC-13',
    ubl: longer('cac:TaxTotal/cbc:TaxAmount'),
    cii: (document) => {
      for (const node of all(document, `${CII.totals}/ram:TaxTotalAmount`)) node.text = '38.001';
    },
    also: { cii: ['BR-CO-14'] },
  },
  { rule: 'BR-DEC-15', ...accounting('380.001') },
]);

keepAll('BR-DEC: what is allowed', [
  { what: 'two decimals in the accounting currency', ...accounting('380.01') },
  { what: 'three decimals of a VAT total that are zero', cii: longer(`${CII.totals}/ram:TaxTotalAmount`) },
  { what: 'many decimals of a price', ubl: longer(`${UBL.line}/cac:Price/cbc:PriceAmount`) },
]);
