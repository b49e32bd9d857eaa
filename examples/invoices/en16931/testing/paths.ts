/** Paths that the rule tables of the tests use again and again. */
const TRANSACTION = 'rsm:SupplyChainTradeTransaction';
const AGREEMENT = `${TRANSACTION}/ram:ApplicableHeaderTradeAgreement`;
const SETTLEMENT = `${TRANSACTION}/ram:ApplicableHeaderTradeSettlement`;
const LINE = `${TRANSACTION}/ram:IncludedSupplyChainTradeLineItem[1]`;

export const CII = {
  context: 'rsm:ExchangedDocumentContext',
  document: 'rsm:ExchangedDocument',
  seller: `${AGREEMENT}/ram:SellerTradeParty`,
  buyer: `${AGREEMENT}/ram:BuyerTradeParty`,
  agreement: AGREEMENT,
  representative: `${AGREEMENT}/ram:SellerTaxRepresentativeTradeParty`,
  delivery: `${TRANSACTION}/ram:ApplicableHeaderTradeDelivery`,
  settlement: SETTLEMENT,
  payee: `${SETTLEMENT}/ram:PayeeTradeParty`,
  means: `${SETTLEMENT}/ram:SpecifiedTradeSettlementPaymentMeans`,
  tax: `${SETTLEMENT}/ram:ApplicableTradeTax`,
  allowance: `${SETTLEMENT}/ram:SpecifiedTradeAllowanceCharge[1]`,
  charge: `${SETTLEMENT}/ram:SpecifiedTradeAllowanceCharge[2]`,
  totals: `${SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation`,
  transaction: TRANSACTION,
  line: LINE,
  lines: `${TRANSACTION}/ram:IncludedSupplyChainTradeLineItem`,
  product: `${LINE}/ram:SpecifiedTradeProduct`,
  lineSettlement: `${LINE}/ram:SpecifiedLineTradeSettlement`,
  lineAllowance: `${LINE}/ram:SpecifiedLineTradeSettlement/ram:SpecifiedTradeAllowanceCharge[1]`,
  lineCharge: `${LINE}/ram:SpecifiedLineTradeSettlement/ram:SpecifiedTradeAllowanceCharge[2]`,
} as const;

export const UBL = {
  seller: 'cac:AccountingSupplierParty/cac:Party',
  buyer: 'cac:AccountingCustomerParty/cac:Party',
  payee: 'cac:PayeeParty',
  representative: 'cac:TaxRepresentativeParty',
  means: 'cac:PaymentMeans',
  subtotal: 'cac:TaxTotal/cac:TaxSubtotal',
  allowance: 'cac:AllowanceCharge[1]',
  charge: 'cac:AllowanceCharge[2]',
  totals: 'cac:LegalMonetaryTotal',
  line: 'cac:InvoiceLine[1]',
  lines: 'cac:InvoiceLine',
  item: 'cac:InvoiceLine[1]/cac:Item',
  lineAllowance: 'cac:InvoiceLine[1]/cac:AllowanceCharge[1]',
  lineCharge: 'cac:InvoiceLine[1]/cac:AllowanceCharge[2]',
} as const;
