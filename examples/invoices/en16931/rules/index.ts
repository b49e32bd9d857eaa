/** All rules, in the order in which findings are reported. */
import type { Finding } from '../model.ts';
import type { Reading } from '../reading.ts';
import { ciiShapes } from './cii-shapes.ts';
import { CODES } from './codes.ts';
import { CONDITIONS } from './conditions.ts';
import { DECIMALS } from './decimals.ts';
import { Findings } from './findings.ts';
import { INTEGRITY } from './integrity.ts';
import type { Rule } from './rule.ts';
import { judgeShapes } from './shape.ts';
import { ublShapes } from './ubl-shapes.ts';
import { VAT_CATEGORIES } from './vat-categories.ts';
import { VAT_SINGLE } from './vat-single.ts';

export type { Rule } from './rule.ts';

/** The rules about meaning; those about shape are in `ubl-shapes.ts` and `cii-shapes.ts`. */
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
  const broken = new Findings();
  const warnings = new Findings();
  for (const { rule, message, at } of reading.everywhere.problems) broken.add(rule, message, at);
  for (const rule of RULES) {
    for (const at of rule.broken(reading)) {
      (rule.warns?.(reading) ? warnings : broken).add(rule.id, rule.message, at);
    }
  }
  judgeShapes(reading.root, reading.ubl ? ublShapes : ciiShapes, broken);
  return { broken: broken.list(), warnings: warnings.list() };
}
