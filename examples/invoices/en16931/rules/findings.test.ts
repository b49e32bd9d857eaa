import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readInvoice } from '../index.ts';
import { bytesOf, drop } from '../testing/tree.ts';
import { ublInvoice } from '../testing/ubl-document.ts';

it('names the first places of a rule and counts the others', () => {
  const document = ublInvoice();
  drop('cac:InvoiceLine[1]/cac:Item/cbc:Name')(document);
  const line = document.children.find((child) => child.name === 'cac:InvoiceLine');
  assert.ok(line);
  for (let copy = 0; copy < 24; copy += 1) document.children.push(structuredClone(line));
  const found = readInvoice(bytesOf(document)).broken.filter((finding) => finding.rule === 'BR-25');
  assert.equal(found.length, 10);
  assert.equal(found[0]?.at, '/ubl:Invoice/cac:InvoiceLine[1]');
  assert.match(found.at(-1)?.message ?? '', /\(and in 15 more places\)$/);
});
