/**
 * The code lists that EN 16931 restricts to a handful of codes.
 * Publisher: UN/CEFACT (UN/EDIFACT D.23A) and IANA (media types), restricted by EN 16931-1.
 * Version: EN 16931 validation artefacts (CEN/TC 434, European Commission), releases 1.3.14 and later.
 */

/** UNTDID 2005, value added tax point date code as UBL writes it. Used by BR-CL-06 in UBL. */
export const untdid2005 = '3 35 432';

/** UNTDID 2475, value added tax point date code as CII writes it. Used by BR-CL-06 in CII. */
export const untdid2475 = '5 29 72';

/** UNTDID 5189, allowance reason code. Used by BR-CL-19. */
export const untdid5189 = '41 42 60 62 63 64 65 66 67 68 70 71 88 95 100 102 103 104 105';

/**
 * UNTDID 5305, VAT category code: L is the Canary Islands' tax (IGIC), M that of Ceuta and Melilla (IPSI),
 * B the Italian split payment. Used by BR-CL-17 and BR-CL-18.
 */
export const untdid5305 = 'AE B E G K L M O S Z';

/** Media types of attached documents. Used by BR-CL-24. */
export const mime = `
  application/pdf
  application/vnd.oasis.opendocument.spreadsheet
  application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
  image/jpeg
  image/png
  text/csv
`;
