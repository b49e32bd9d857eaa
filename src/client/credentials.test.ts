import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from './client.ts';
import { ProblemError } from './problem.ts';

const UNSENT = ['SECRET a', 'SECRET\nb', 'SECRET…', '“SECRET”', 'SECRETé', '\u0000SECRET'];

test('what no header can hold is refused before anything is sent, and is not shown', () => {
  for (const value of UNSENT)
    for (const [name, remedy] of [
      ['token', /HUMANOS_TOKEN/],
      ['delegation', /--delegation/],
    ] as const)
      assert.throws(
        () => createClient({ url: 'http://h', [name]: value }),
        (fault) => {
          assert.ok(fault instanceof ProblemError);
          assert.deepEqual([fault.code, fault.status, fault.mayBeDone], [`${name}_malformed`, 0, false]);
          assert.match(fault.remediation, remedy);
          return !`${fault.stack}${JSON.stringify(fault)}`.includes('SECRET');
        },
        JSON.stringify({ [name]: value }),
      );
});

test('white space around a token is none of it, and a token of nothing else is none', async () => {
  const sent = async (token: string): Promise<string | null> => {
    let headers = new Headers();
    const fetch = async (_: unknown, init?: RequestInit) => {
      headers = new Headers(init?.headers);
      return Response.json({});
    };
    await createClient({ url: 'http://h', token, fetch }).participant.me();
    return headers.get('authorization');
  };
  assert.equal(await sent(' humanos_a\r\n'), 'Bearer humanos_a');
  assert.equal(await sent(' \n'), null);
});
