import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Arguments } from '../shop/catalogue.ts';
import type { Call } from '../shop/shop.ts';

export const CASE_FILES = ['tasks.json', 'oracle.jsonl'];

/** A customer's case: who asks for what, and the calls that serve it. */
export interface Case {
  readonly number: number;
  readonly customer: string;
  readonly request: string;
  readonly actions: readonly Call[];
}

/** What must come of a case. */
export interface Expected {
  readonly task: number;
  readonly steps: readonly { readonly name: string; readonly cls: string; readonly error: string | null }[];
  /** Changed records, whole, by id. */
  readonly finalDelta: { readonly [table in 'orders' | 'users']?: { readonly [id: string]: unknown } };
}

interface Written {
  readonly user_id: string;
  readonly instruction: string;
  readonly actions: readonly { readonly name: string; readonly kwargs: Arguments }[];
}

export const readCases = (folder: string): Case[] =>
  (JSON.parse(readFileSync(join(folder, 'tasks.json'), 'utf8')) as Written[]).map(
    ({ user_id, instruction, actions }, number) => ({
      number,
      customer: user_id,
      request: instruction,
      actions: actions.map(({ name, kwargs }) => ({ tool: name, arguments: kwargs })),
    }),
  );

export const readExpected = (folder: string): Expected[] =>
  readFileSync(join(folder, 'oracle.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Expected);
