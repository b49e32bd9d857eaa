/**
 * Reads an EN 16931 invoice in UBL 2.1 (Invoice, CreditNote) or CII (D16B) syntax and holds it against the rules of
 * the standard. Source of the rules: EN 16931-1:2017 and its validation artefacts (CEN/TC 434).
 */
import { decode } from './bytes.ts';
import { readCii } from './cii.ts';
import type { Finding, Invoice } from './model.ts';
import type { Reading } from './reading.ts';
import { judge } from './rules/index.ts';
import { readUbl } from './ubl.ts';
import { parseXml, type Element } from './xml.ts';

export type {
  Address,
  AllowanceCharge,
  Delivery,
  Finding,
  Identifier,
  Invoice,
  Line,
  Party,
  Period,
  Syntax,
  TaxRegistration,
  TaxTotal,
  Totals,
  VatBreakdown,
  VatCategory,
} from './model.ts';

export interface InvoiceReading {
  /** `null` when the file is no invoice that can be read; `broken` then says why. */
  readonly invoice: Invoice | null;
  /** Empty when the invoice keeps every rule. */
  readonly broken: Finding[];
  /** Rules that the official artefact only warns about; they do not make an invoice invalid. */
  readonly warnings: Finding[];
}

export const MAX_BYTES = 20 * 1024 * 1024;

const UBL = 'urn:oasis:names:specification:ubl:schema:xsd';
const CII = 'urn:un:unece:uncefact:data:standard';

const NAMESPACES: ReadonlyMap<string, string> = new Map([
  [`${UBL}:Invoice-2`, 'ubl'],
  [`${UBL}:CreditNote-2`, 'cn'],
  [`${UBL}:CommonAggregateComponents-2`, 'cac'],
  [`${UBL}:CommonBasicComponents-2`, 'cbc'],
  [`${UBL}:CommonExtensionComponents-2`, 'ext'],
  [`${CII}:CrossIndustryInvoice:100`, 'rsm'],
  [`${CII}:ReusableAggregateBusinessInformationEntity:100`, 'ram'],
  [`${CII}:UnqualifiedDataType:100`, 'udt'],
  [`${CII}:QualifiedDataType:100`, 'qdt'],
]);

const READERS: Readonly<Record<string, (root: Element) => Reading>> = {
  'ubl:Invoice': readUbl,
  'cn:CreditNote': readUbl,
  'rsm:CrossIndustryInvoice': readCii,
};

export function readInvoice(bytes: Uint8Array): InvoiceReading {
  if (bytes.length > MAX_BYTES) return unreadable('SIZE', `The file is larger than ${MAX_BYTES} bytes.`);
  const decoded = decode(bytes);
  if ('problem' in decoded) return unreadable('ENCODING', `The file cannot be decoded: ${decoded.problem}.`);
  const parsed = parseXml(decoded.text, NAMESPACES);
  if ('problem' in parsed)
    return unreadable('XML', `The file is no XML that is accepted: ${parsed.problem}.`);
  const read = Object.hasOwn(READERS, parsed.root.name) ? READERS[parsed.root.name] : undefined;
  if (!read) {
    return unreadable(
      'SYNTAX',
      `<${parsed.root.name.slice(0, 200)}> is no UBL Invoice, CreditNote or CII invoice.`,
    );
  }
  const reading = read(parsed.root);
  const { broken, warnings } = judge(reading);
  return { invoice: reading.invoice, broken, warnings };
}

function unreadable(rule: string, message: string): InvoiceReading {
  return { invoice: null, broken: [{ rule, message }], warnings: [] };
}
