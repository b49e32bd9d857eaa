import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverOf, sharedPostgres, skipWithout } from '../../../test/postgres/index.ts';
import { append } from '../../../test/contract/fixtures.ts';
import { openPostgres } from './open.ts';

const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 60_000 };

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, at) => at);
/** In the one form what begins so, in the other what only looks so. */
const CONTENTS = [EVERY_BYTE, Buffer.from('\\x4142'), Buffer.from('\\101\\\\'), new Uint8Array()];

for (const form of ['escape', 'hex']) {
  test(`bytes are what they were where the database sends them as ${form}`, needed, async () => {
    const server = serverOf(postgres);
    const url = await server.newDatabase();
    await server.query(`ALTER DATABASE ${url.split('/').at(-1)} SET bytea_output = '${form}'`);
    const store = await openPostgres(url);
    const change = append('run_a', 0, 3);
    await store.commit([change]);
    await store.entryCount();
    assert.deepEqual(
      (await store.entries({ position: -1 }, 9)).map(({ hash }) => Buffer.from(hash)),
      change.entries.map(({ hash }) => Buffer.from(hash)),
    );
    for (const [at, content] of CONTENTS.entries()) {
      await store.putArtifact({ sha256: `content ${at}`, mediaType: 'text/plain', content });
      const found = await store.artifact(`content ${at}`);
      assert.deepEqual(Buffer.from(found!.content), Buffer.from(content));
    }
    await store.close();
  });
}
