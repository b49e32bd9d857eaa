/**
 * UNTDID 1001, document name code: the credit notes.
 * Publisher: UN/CEFACT, UN/EDIFACT D.23A, restricted by EN 16931.
 * Version: the code list of EN 16931 validation artefacts (CEN/TC 434, European Commission), releases
 * 1.3.14 and later. 502 and 503 are here since 1.3.16; the releases before have them among the invoices.
 * Used by BR-CL-01 (CreditNoteTypeCode of a UBL CreditNote).
 */
export const untdid1001CreditNote = `
  81 83 261 262 296 308 381 396 420 458 502 503 532
`;
