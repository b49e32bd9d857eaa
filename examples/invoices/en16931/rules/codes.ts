/** BR-CL-01 to BR-CL-26: codes are of their code lists. The readers say which value is judged by which rule. */
import { blankSeparated, isCode, type CodeList } from '../codes/index.ts';
import type { Reading } from '../reading.ts';
import type { Rule } from './rule.ts';

type Accepts = (code: string, reading: Reading) => boolean;

export const CODES: readonly Rule[] = [
  coded('BR-CL-01', 'The type code of the document (BT-3) is of UNTDID 1001.', isTypeCode),
  coded('BR-CL-03', 'The currency of an amount is of ISO 4217.', 'currency'),
  coded('BR-CL-04', 'The invoice currency (BT-5) is of ISO 4217.', 'currency'),
  coded('BR-CL-05', 'The VAT accounting currency (BT-6) is of ISO 4217.', 'currency'),
  coded('BR-CL-06', 'The code of the VAT point (BT-8) is of UNTDID 2005 (in CII: 2475).', (code, { cii }) =>
    isCode(cii ? 'untdid2475' : 'untdid2005', code),
  ),
  coded('BR-CL-07', 'The scheme of an invoiced object (BT-18, BT-128) is of UNTDID 1153.', 'untdid1153'),
  coded('BR-CL-08', 'The subject code of a note (BT-21) is of UNTDID 4451.', isSubject),
  coded('BR-CL-10', 'The scheme of a party identifier (BT-29, BT-46, BT-60) is of ISO 6523.', 'icd'),
  coded('BR-CL-11', 'The scheme of a legal registration (BT-30, BT-47, BT-61) is of ISO 6523.', 'icd'),
  coded('BR-CL-13', 'The scheme of an item classification (BT-158) is of UNTDID 7143.', 'untdid7143'),
  coded('BR-CL-14', 'A country code is of ISO 3166-1.', 'country'),
  coded('BR-CL-15', 'The country of origin of an item (BT-159) is of ISO 3166-1.', 'country'),
  coded('BR-CL-16', 'The means of payment (BT-81) is of UNTDID 4461.', 'untdid4461'),
  coded(
    'BR-CL-17',
    'A VAT category of an allowance, charge or UBL breakdown is of UNTDID 5305.',
    'untdid5305',
  ),
  coded('BR-CL-18', 'The VAT category of an item or a CII breakdown is of UNTDID 5305.', 'untdid5305'),
  coded('BR-CL-19', 'The reason code of an allowance (BT-98, BT-140) is of UNTDID 5189.', 'untdid5189'),
  coded('BR-CL-20', 'The reason code of a charge (BT-105, BT-145) is of UNTDID 7161.', 'untdid7161'),
  coded('BR-CL-21', 'The scheme of a standard item identifier (BT-157) is of ISO 6523.', 'icd'),
  coded('BR-CL-22', 'The reason code of a VAT exemption (BT-121) is of the VATEX list.', 'vatex'),
  coded('BR-CL-23', 'A unit of measure (BT-130, BT-150) is of UN/ECE Recommendation 20 or 21.', 'unit'),
  coded('BR-CL-24', 'The media type of an attachment (BT-125) is one of those allowed.', 'mime'),
  coded('BR-CL-25', 'The scheme of an electronic address (BT-34, BT-49) is of the EAS list.', 'eas'),
  coded('BR-CL-26', 'The scheme of a delivery location (BT-71) is of ISO 6523.', 'icd'),
];

function coded(id: string, message: string, list: CodeList | Accepts): Rule {
  const accepts: Accepts = typeof list === 'string' ? (code) => isCode(list, code) : list;
  return {
    id,
    message,
    broken: (reading) =>
      reading.everywhere.codes
        .filter((value) => value.rule === id && !accepts(value.code, reading))
        .map((value) => value.at),
  };
}

function isTypeCode(code: string, { invoice: { syntax } }: Reading): boolean {
  if (syntax === 'CII') return isCode('untdid1001', code);
  return isCode(syntax === 'UBL-Invoice' ? 'untdid1001-invoice' : 'untdid1001-credit-note', code);
}

const SUBJECTS = blankSeparated('untdid4451');

/**
 * UBL writes `#AAI#text`: three characters between the first two number signs, or else the note has no subject code. It
 * takes any part of the list for a code.
 */
function isSubject(code: string, { ubl }: Reading): boolean {
  if (!ubl) return isCode('untdid4451', code);
  const [, subject = '', rest] = code.split('#', 3);
  return rest === undefined || [...subject].length !== 3 || SUBJECTS.includes(subject);
}
