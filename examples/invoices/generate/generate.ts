/** Makes the fifty invoices: the same bytes on every run and every machine. */
import { BATCH } from './batch.ts';
import type { Row } from './batch.ts';
import { writeCii } from './cii.ts';
import { compose } from './compose.ts';
import { expectationOf } from './expectation.ts';
import type { Entry, Expectation } from './expectation.ts';
import { FAULTS } from './faults.ts';
import type { Fault } from './faults.ts';
import type { Draft } from './invoice.ts';
import { writeUbl } from './ubl.ts';

export interface GeneratedBatch {
  /** File name and content, in the order of the batch. */
  files: { name: string; content: string }[];
  expectation: Expectation;
}

export function generate(): GeneratedBatch {
  const drafts = compose(BATCH);
  const entries = BATCH.map((row, index): Entry => {
    const draft = drafts[index]!;
    return { file: fileName(row, draft, index + 1), row, draft };
  });
  return {
    files: entries.map(({ file, row, draft }) => ({ name: file, content: contentOf(row, draft) })),
    expectation: expectationOf(entries),
  };
}

function contentOf(row: Row, draft: Draft): string {
  const fault: Fault | undefined = row.fault && FAULTS[row.fault];
  const sent = fault ? fault.inflict(draft) : draft;
  return row.syntax === 'ubl' ? writeUbl(sent) : writeCii(sent);
}

function fileName(row: Row, draft: Draft, place: number): string {
  const number = draft.number.replace(/[^0-9A-Za-z]+/g, '-');
  return `${String(place).padStart(2, '0')}-${row.seller}-${number}.${row.syntax}.xml`;
}
