import assert from 'node:assert/strict';
import type { Change, DocumentWrite } from '../../../src/store/index.ts';
import { APPLIED, append, change, commitTo, everyPage, hex, idsOf, refused } from '../fixtures.ts';
import type { Suite } from '../suite.ts';

const write = (id: string, expected: number, more: Partial<DocumentWrite> = {}): DocumentWrite => ({
  kind: 'participant',
  id,
  expected,
  body: { name: id, ü: ['🧾', null] },
  ...more,
});
const writing = (...documents: DocumentWrite[]): Change => change('organisation', { documents });

export const documents: Suite = {
  name: 'documents, artifacts and idempotency',
  cases: {
    'a document is written at the revision that was seen': async (store) => {
      assert.equal(await store.document('participant', 'a'), null);
      assert.deepEqual(await commitTo(store, [writing(write('a', 0))]), [APPLIED]);
      const [again, wrong, next] = [writing(write('a', 0)), writing(write('a', 2)), writing(write('a', 1))];
      const results = await commitTo(store, [again, wrong, next]);
      assert.deepEqual(results, [refused('document_conflict'), refused('document_conflict'), APPLIED]);
      const stored = await store.document('participant', 'a');
      assert.deepEqual(stored, { id: 'a', revision: 2, body: write('a', 0).body });
    },

    'one stale document refuses the whole change': async (store) => {
      await store.commit([writing(write('a', 0))]);
      const both = append('organisation', 0, 1, { documents: [write('b', 0), write('a', 0)] });
      assert.deepEqual(await commitTo(store, [both]), [refused('document_conflict')]);
      assert.equal(await store.document('participant', 'b'), null);
      assert.equal(await store.entryCount(), 0);
    },

    'a document is removed at the revision that was seen, and can be made again': async (store) => {
      const remove = (id: string, expected: number) => writing(write(id, expected, { body: null }));
      await store.commit([writing(write('a', 0), write('b', 0), write('a', 0, { kind: 'token' }))]);
      await store.commit([writing(write('a', 1))]);
      const results = await commitTo(store, [remove('a', 1), remove('a', 2), remove('a', 2), remove('c', 1)]);
      const conflict = refused('document_conflict');
      assert.deepEqual(results, [conflict, APPLIED, conflict, conflict]);
      assert.equal(await store.document('participant', 'a'), null);
      assert.deepEqual(idsOf((await store.documents('participant', { limit: 9 })).rows), ['b']);
      assert.deepEqual((await store.document('token', 'a'))?.revision, 1);
      assert.deepEqual(await commitTo(store, [writing(write('a', 2)), writing(write('a', 0))]), [
        conflict,
        APPLIED,
      ]);
      assert.equal((await store.document('participant', 'a'))?.revision, 1);
    },

    'what one commit makes, changes and removes is as the last of it leaves it': async (store) => {
      const all = (...changes: [id: string, expected: number, body: object | null][]) =>
        changes.map(([id, expected, body]) =>
          writing(write(id, expected, { body: body as DocumentWrite['body'] })),
        );
      await store.commit(all(['old', 0, {}], ['kept', 0, {}]));
      const changes = all(
        ['fresh', 0, {}],
        ['fresh', 1, null],
        ['old', 1, null],
        ['old', 0, { again: true }],
        ['kept', 1, { more: true }],
        ['kept', 2, null],
        ['none', 0, null],
      );
      assert.deepEqual(
        await commitTo(store, changes),
        changes.map(() => APPLIED),
      );
      const { rows } = await store.documents('participant', { limit: 9 });
      assert.deepEqual(rows, [{ id: 'old', revision: 1, body: { again: true } }]);
    },

    'a change that is refused removes nothing': async (store) => {
      await store.commit([writing(write('a', 0), write('b', 0))]);
      const both = writing(write('a', 1, { body: null }), write('b', 7));
      assert.deepEqual(await commitTo(store, [both]), [refused('document_conflict')]);
      assert.equal((await store.document('participant', 'a'))?.revision, 1);
    },

    'kinds do not mix': async (store) => {
      await store.commit([writing(write('a', 0), write('a', 0, { kind: 'token', body: { of: 'a' } }))]);
      assert.deepEqual((await store.document('token', 'a'))?.body, { of: 'a' });
      assert.deepEqual((await store.documents('token', { limit: 9 })).rows.length, 1);
      assert.deepEqual((await store.documents('setting', { limit: 9 })).rows, []);
    },

    'documents are listed by id, as UTF-8 compares, whatever is added meanwhile': async (store) => {
      await store.commit([writing(...['d', '\u{1F9FE}', 'a', 'b', '\uFF5E', ''].map((id) => write(id, 0)))]);
      const first = await store.documents('participant', { limit: 2 });
      assert.deepEqual(idsOf(first.rows), ['', 'a']);
      await store.commit([writing(write('aa', 0), write('0', 0))]);
      const rest = await store.documents('participant', { limit: 9, cursor: first.next! });
      assert.deepEqual(idsOf(rest.rows), ['aa', 'b', 'd', '\uFF5E', '\u{1F9FE}']);
      assert.equal(rest.next, null);
      const pages = await everyPage((page) => store.documents('participant', page), 2);
      assert.deepEqual(
        pages.map(({ length }) => length),
        [2, 2, 2, 2],
      );
      await assert.rejects(store.documents('participant', { limit: 1, cursor: 'WzFd' }), {
        code: 'invalid_cursor',
      });
    },

    'an artifact is its content, whoever puts it': async (store) => {
      const content = Uint8Array.from({ length: 300_000 }, (_, at) => at % 251);
      const artifact = { sha256: 'ab'.repeat(32), mediaType: 'application/pdf', content };
      assert.equal(await store.artifact(artifact.sha256), null);
      await store.putArtifact(artifact);
      const again = { ...artifact, mediaType: 'text/plain' };
      await store.putArtifact(again);
      const empty = { ...artifact, sha256: 'empty', content: Uint8Array.of() };
      await store.commit([change('run_a', { artifacts: [again, empty] })]);
      const stored = await store.artifact(artifact.sha256);
      assert.equal(stored?.mediaType, 'application/pdf');
      assert.equal(hex(stored?.content), hex(content));
      assert.equal((await store.artifact('empty'))?.content.length, 0);
      content.fill(0);
      assert.notEqual(hex((await store.artifact(artifact.sha256))?.content), hex(content));
    },

    'idempotency records are kept until they are forgotten': async (store) => {
      const record = (key: string, at: number) => ({
        key,
        fingerprint: `of ${key}`,
        result: { ü: ['🧾', 1] },
        at,
      });
      assert.equal(await store.idempotent('a'), null);
      await store.commit([
        change('run_a', { idempotency: record('a', 10) }),
        change('run_a', { idempotency: record('b', 20) }),
        change('run_a', { idempotency: { ...record('c', 30), result: null } }),
      ]);
      assert.deepEqual(await store.idempotent('a'), record('a', 10));
      assert.equal((await store.idempotent('c'))?.result, null);
      assert.equal(await store.forgetIdempotency(20, 10), 1);
      assert.equal(await store.forgetIdempotency(20, 10), 0);
      assert.equal(await store.idempotent('a'), null);
      assert.deepEqual(await store.idempotent('b'), record('b', 20));
      assert.deepEqual(await commitTo(store, [change('run_a', { idempotency: record('a', 40) })]), [APPLIED]);
    },

    'idempotency records are forgotten a few at a time, the oldest first': async (store) => {
      const ages = [4, 9, 2, 7, 1, 20, 3, 8];
      await store.commit(
        ages.map((at) =>
          change('run_a', { idempotency: { key: `k${at}`, fingerprint: 'f', result: null, at } }),
        ),
      );
      const kept = async (): Promise<readonly number[]> => {
        const records = await Promise.all(ages.map((at) => store.idempotent(`k${at}`)));
        return records.flatMap((record) => record?.at ?? []).toSorted((a, b) => a - b);
      };
      assert.equal(await store.forgetIdempotency(9, 3), 3);
      assert.deepEqual(await kept(), [4, 7, 8, 9, 20]);
      assert.equal(await store.forgetIdempotency(9, 3), 3);
      assert.equal(await store.forgetIdempotency(9, 3), 0);
      assert.deepEqual(await kept(), [9, 20]);
    },
  },
};
