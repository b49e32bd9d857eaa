/**
 * UNTDID 1001, document name code: the invoices.
 * Publisher: UN/CEFACT, UN/EDIFACT D.23A, restricted by EN 16931.
 * Version: the code list of EN 16931 validation artefacts (CEN/TC 434, European Commission), releases
 * 1.3.14 and later. 502 and 503 are here up to 1.3.15, and among the credit notes since 1.3.16.
 * Used by BR-CL-01 (InvoiceTypeCode of a UBL Invoice).
 */
export const untdid1001Invoice = `
  71 80 81 82 84 102 130 202 203 204 211 218 219 295 325 326 331 380 382 383 384 385 386 387 388 389 390
  393 394 395 456 457 471 472 473 500 501 502 503 527 553 575 623 633 751 780 817 870 875 876 877 935
`;
