import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ADAPTERS, type Adapter } from '../../test/contract/adapters.ts';
import { assertProblem, Site } from '../../test/e2e/http-site.ts';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import { CATALOGUE, type Operation } from '../operations/schema/index.ts';
import { membersOf } from './query.ts';

/** Whatever stands in the place of an id or a cursor, the answer says what is wrong with it, and is no fault of the server. */

async function open(adapter: Adapter) {
  const place = await adapter.place();
  const bed = new Testbed(await place.open());
  await bed.runtime.start();
  await bed.add(passport('root', { roles: ['administrator'] }));
  const site = new Site(bed);
  const close = async (): Promise<void> => {
    await site.close();
    await place.remove();
  };
  return { site, close };
}

const ALL = Object.values(CATALOGUE) as Operation[];
const STREAMED = 'ledger.export';
const FAULT = /"code":"(?:internal|storage_\w+)"/;
/** Everything that is asked with a text that is a caller's to choose: in the path, and in the query of what reads. */
const pathsOf = (operation: Operation, text: string): string[] => {
  const path = operation.path.replaceAll(/\{\w+\}/g, text);
  if (operation.method !== 'GET') return [path];
  const named = Object.entries(membersOf(operation)).filter(
    ([name, { type }]) => type === 'string' && !operation.path.includes(`{${name}}`),
  );
  return [path, ...named.map(([name]) => `${path}?${name}=${text}`)];
};

for (const adapter of ADAPTERS) {
  describe(adapter.name, { skip: adapter.missing ?? false }, () => {
    test('NUL is in no id', async () => {
      const { site, close } = await open(adapter);
      assertProblem(await site.ask('root', 'GET', '/v1/runs/%00'), 404, 'run_unknown');
      assertProblem(await site.ask('root', 'GET', '/v1/plans/%00'), 404, 'plan_unknown');
      assert.deepEqual((await site.ask('root', 'GET', '/v1/runs?startedBy=%00')).body['rows'], []);
      for (const operation of ALL.filter(({ name }) => name !== STREAMED))
        for (const path of pathsOf(operation, 'a%00')) {
          const more = operation.method === 'GET' ? {} : { body: '{}' };
          const headers = { 'content-type': 'application/json' };
          const { text } = await site.ask('root', operation.method, path, { ...more, headers });
          assert.doesNotMatch(text, FAULT, `${operation.method} ${path}`);
        }
      await close();
    });

    test('a cursor is one that a page has given', async () => {
      const { site, close } = await open(adapter);
      const lists = ALL.filter(
        (one) => one.method === 'GET' && !one.path.includes('{') && 'cursor' in membersOf(one),
      );
      assert.ok(lists.length > 3);
      for (const { path } of lists)
        for (const key of ['[0.5]', '["\\u0000"]', '[9007199254740993]', '[1e300,0]', '[0.5,1]', '{}']) {
          const cursor = Buffer.from(key).toString('base64url');
          const { text } = await site.ask('root', 'GET', `${path}?cursor=${cursor}`);
          assert.doesNotMatch(text, FAULT, `${path} ${key}`);
        }
      const forged = await site.ask('root', 'GET', '/v1/runs?cursor=WzAuNV0');
      assertProblem(forged, 400, 'cursor_invalid');
      await close();
    });
  });
}
