import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Trouble } from '../cli/index.ts';
import type { ModelRequest } from '../planning/index.ts';
import { modelOf } from './model.ts';

const REQUEST: ModelRequest = { system: 's', messages: [], schema: {} };
const named = (url: string) => ({ HUMANOS_MODEL_URL: url, HUMANOS_MODEL: 'small' });

test('an address that no request can be sent to is refused, and not repeated', () => {
  for (const url of [
    'http://user:secret@h/v1',
    'http://user@h/v1',
    'https://h/v1?api-version=1',
    'https://h/v1?',
    'https://h/v1#secret',
    'h/v1',
    'file:///v1',
  ])
    assert.throws(
      () => modelOf(named(url)),
      (fault) => fault instanceof Trouble && fault.code === 'model_unusable' && !/secret/.test(fault.message),
      url,
    );
  assert.equal(modelOf(named('https://h:11434/v1'))?.name, 'small');
});

test('a model that could not be loaded is loaded again when it is asked again', async () => {
  let attempts = 0;
  const model = modelOf(named('http://h/v1'), async () => {
    attempts += 1;
    if (attempts === 1) throw new Error('not now');
    return { name: 'small', ask: async () => ({ ok: true, value: 1, text: '1' }) };
  });
  await assert.rejects(async () => model?.ask(REQUEST), /not now/);
  assert.equal((await model?.ask(REQUEST))?.ok, true);
  assert.equal((await model?.ask(REQUEST))?.ok, true);
  assert.equal(attempts, 2);
});
