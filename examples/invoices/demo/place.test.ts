import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeOf, resumption, verification } from './place.ts';

const URL = 'postgres://user:secret@127.0.0.1/jobs';
const PLAIN = { input: undefined, yes: false, json: false };

test('the commands that go on name the database so that they can be typed as they are', async () => {
  const named = await placeOf('sqlite:/tmp/my jobs.sqlite', false);
  assert.equal(resumption(PLAIN, named), "npm run demo -- --database '/tmp/my jobs.sqlite'");
  assert.equal(
    verification(named),
    "npm run humanos -- ledger verify --database 'sqlite:/tmp/my jobs.sqlite' --checkpoint '/tmp/my jobs.sqlite.checkpoint' --key '/tmp/my jobs.sqlite.key'",
  );
  const local = await placeOf('postgres:///jobs', false);
  assert.equal(resumption(PLAIN, local), 'npm run demo -- --database postgres:///jobs');
});

test('a password is left to the environment, which the commands do not override', async () => {
  const ambient = await placeOf(URL, true);
  assert.equal(resumption(PLAIN, ambient), 'npm run demo');
  assert.equal(resumption({ ...PLAIN, yes: true }, ambient), 'npm run demo -- --yes');
  assert.match(verification(ambient), /^npm run humanos -- ledger verify --checkpoint \S+ --key \S+$/);
  const given = await placeOf(URL, false);
  assert.equal(resumption(PLAIN, given), 'npm run demo -- --database "$HUMANOS_DATABASE_URL"');
  assert.match(verification(given), / --database "\$HUMANOS_DATABASE_URL" /);
  assert.doesNotMatch(JSON.stringify([ambient, given].map((place) => [place.option, place.path])), /secret/);
});

test('what a program reads is JSON alone', async () => {
  const place = await placeOf(URL, true);
  const begun = { input: 'in voices', yes: true, json: true };
  assert.equal(resumption(begun, place), "npm run --silent demo -- --input 'in voices' --yes --json");
});
