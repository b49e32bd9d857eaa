/** The official samples in the shared data: valid ones keep every rule, broken ones break exactly the rules listed. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import Big from 'big.js';
import { readInvoice, type Invoice } from './index.ts';

const SAMPLES = new URL('../../../../shared/data/invoices/', import.meta.url);
const skip = existsSync(SAMPLES) ? false : 'the shared samples are not here';

interface Sample {
  file: string;
  en16931Valid: boolean;
  failedRules: string[];
  [field: string]: unknown;
}

interface Expected {
  byCurrency: Record<
    string,
    Record<'count' | 'taxExclusive' | 'taxAmount' | 'taxInclusive' | 'payable', string>
  >;
}

function json(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, SAMPLES), 'utf8'));
}

function fieldsOf(invoice: Invoice): Record<string, unknown> {
  const { totals } = invoice;
  return {
    syntax: invoice.syntax,
    number: invoice.number,
    issueDate: invoice.issueDate,
    dueDate: invoice.dueDate ?? null,
    typeCode: invoice.typeCode,
    currency: invoice.currency,
    seller: invoice.seller?.name,
    buyer: invoice.buyer?.name,
    orderRef: invoice.orderReference ?? null,
    buyerRef: invoice.buyerReference ?? null,
    lineTotal: totals.lines,
    taxExclusive: totals.taxExclusive,
    taxAmount: totals.taxAmount,
    taxInclusive: totals.taxInclusive,
    payable: totals.payable,
    lines: invoice.lines.length,
  };
}

describe('official samples', { skip }, () => {
  const samples = skip ? [] : (json('manifest.json') as Sample[]);
  const readings = samples.map((sample) => ({
    sample,
    reading: readInvoice(readFileSync(new URL(sample.file, SAMPLES))),
  }));

  for (const { sample, reading } of readings) {
    it(`${sample.file} ${sample.en16931Valid ? 'keeps every rule' : `breaks ${sample.failedRules.join(', ')}`}`, () => {
      assert.deepEqual(
        [...new Set(reading.broken.map((finding) => finding.rule))].sort(),
        sample.failedRules,
      );
      assert.ok(reading.invoice);
      const fields = fieldsOf(reading.invoice);
      const expected = Object.fromEntries(Object.keys(fields).map((name) => [name, sample[name]]));
      assert.deepEqual(fields, expected);
    });
  }

  it('adds up per currency, credit notes apart', () => {
    const { byCurrency } = json('expected.json') as Expected;
    const sums: Record<string, Record<string, Big>> = {};
    for (const { sample, reading } of readings) {
      const { invoice } = reading;
      if (!sample.en16931Valid || !invoice) continue;
      const sum = (sums[`${invoice.currency}${invoice.creditNote ? '/credit' : ''}`] ??= {});
      const { taxExclusive, taxAmount, taxInclusive, payable } = invoice.totals;
      for (const [name, amount] of Object.entries({
        count: '1',
        taxExclusive,
        taxAmount,
        taxInclusive,
        payable,
      })) {
        sum[name] = (sum[name] ?? new Big(0)).plus(amount ?? '0');
      }
    }
    const fixed = (all: Record<string, Record<string, Big | string | number>>) =>
      Object.fromEntries(
        Object.entries(all).map(([currency, sum]) => [
          currency,
          Object.fromEntries(Object.entries(sum).map(([name, amount]) => [name, new Big(amount).toFixed(2)])),
        ]),
      );
    assert.deepEqual(fixed(sums), fixed(byCurrency));
  });
});
