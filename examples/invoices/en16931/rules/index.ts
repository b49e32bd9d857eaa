/** All rules, in the order in which findings are reported. */
import { pathOf } from '../navigate.ts';
import type { Finding } from '../model.ts';
import type { Reading } from '../reading.ts';
import { ciiShapes } from './cii-shapes.ts';
import { CODES } from './codes.ts';
import { CONDITIONS } from './conditions.ts';
import { DECIMALS } from './decimals.ts';
import { INTEGRITY } from './integrity.ts';
import type { Rule } from './rule.ts';
import { judgeShapes } from './shape.ts';
import { ublShapes } from './ubl-shapes.ts';
import { VAT_CATEGORIES } from './vat-categories.ts';
import { VAT_SINGLE } from './vat-single.ts';

export type { Rule } from './rule.ts';

export const RULES: readonly Rule[] = [
  ...INTEGRITY,
  ...CONDITIONS,
  ...DECIMALS,
  ...VAT_CATEGORIES,
  ...VAT_SINGLE,
  ...CODES,
];

export interface Judgement {
  readonly broken: Finding[];
  /** What the official artefact only warns about. */
  readonly warnings: Finding[];
}

export function judge(reading: Reading): Judgement {
  const broken: Finding[] = [];
  const warnings: Finding[] = [];
  for (const rule of RULES) {
    for (const at of rule.broken(reading)) {
      const into = rule.warns?.(reading) ? warnings : broken;
      into.push({ rule: rule.id, message: rule.message, ...(at && { at: pathOf(at) }) });
    }
  }
  broken.push(...judgeShapes(reading.root, reading.ubl ? ublShapes : ciiShapes, isExtension));
  return { broken, warnings };
}

/** What an extension holds is outside the standard. */
function isExtension(name: string): boolean {
  return name === 'ext:UBLExtensions';
}
