import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import { newKeyPair } from './identity.ts';

const readKey = (text: string): KeyObject =>
  createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' });
const signed = (key: KeyObject, message: string): string =>
  sign(null, Buffer.from(message), key).toString('base64');
const me = { id: 'me' };

test('a key is proved by signing the challenge, once', async () => {
  const bed = await Testbed.open(passport('agent', { kind: 'agent' }));
  const made = await bed.ok('agent', 'participant.generate_key', me);
  assert.deepEqual([made.participant.publicKey, made.participant.keyProvedAt], [made.publicKey, null]);
  const key = readKey(made.privateKey ?? '');
  const { nonce, message, expiresAt } = await bed.ok('agent', 'participant.challenge', me);
  assert.ok(
    message.includes('passport_agent') &&
      message.includes(nonce) &&
      message.startsWith('HumanOS proof of key\n'),
  );
  assert.equal(expiresAt - bed.clock.now(), 5 * 60_000);
  const signature = signed(key, message);
  const other = { ...me, nonce: 'another', signature };
  assert.equal(
    await bed.no('agent', 'participant.prove', other),
    'challenge_invalid',
    'it is not spent by that',
  );
  const after = await bed.store.entryCount();
  const proved = await bed.ok('agent', 'participant.prove', {
    ...me,
    nonce,
    signature: signed(key, message),
  });
  assert.equal(proved.keyProvedAt, bed.clock.now());
  assert.equal(
    await bed.no('agent', 'participant.prove', { ...me, nonce, signature: signed(key, message) }),
    'challenge_invalid',
    'twice',
  );
  const { events } = await bed.ok('root', 'event.list', { after });
  assert.deepEqual(
    events.map(({ type, actor, onBehalfOf }) => [type, actor, onBehalfOf]),
    [['participant.key_proved', 'passport_agent', 'passport_root']],
  );
  const all = await bed.ok('root', 'event.list', { limit: 1000 });
  assert.ok(!JSON.stringify(all).includes(made.privateKey ?? '?'));
  const again = await bed.ok('agent', 'participant.register_key', {
    ...me,
    publicKey: newKeyPair().publicKey,
  });
  assert.equal(again.keyProvedAt, null, 'another key is not proved');
  await bed.close();
});

test('KEY-1 of challenges that were given side by side one is good', async () => {
  const bed = await Testbed.open(passport('agent', { kind: 'agent' }));
  const { privateKey } = await bed.ok('agent', 'participant.generate_key', me);
  const proofs = [];
  for (let at = 0; at < 3; at += 1) {
    const { nonce, message } = await bed.ok('agent', 'participant.challenge', me);
    proofs.push({ ...me, nonce, signature: signed(readKey(privateKey ?? ''), message) });
    bed.clock.move(1);
  }
  const outcomes = await Promise.all(
    proofs.map((proof) => bed.operations.call('participant.prove', proof, bed.as('agent'))),
  );
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.ok ? 'proved' : outcome.rejection.code)),
    ['proved', 'challenge_invalid', 'challenge_invalid'],
  );
  await bed.close();
});

test('what does not prove a key', async () => {
  const bed = await Testbed.open(passport('agent', { kind: 'agent' }), passport('other', { kind: 'agent' }));
  assert.equal(await bed.no('agent', 'participant.challenge', me), 'key_missing');
  const { privateKey } = await bed.ok('agent', 'participant.generate_key', me);
  const key = readKey(privateKey ?? '');
  const ask = () => bed.ok('agent', 'participant.challenge', me);
  const prove = (nonce: string, signature: string) =>
    bed.no('agent', 'participant.prove', { ...me, nonce, signature });

  const stranger = generateKeyPairSync('ed25519').privateKey;
  let { nonce, message } = await ask();
  assert.equal(await prove(nonce, signed(stranger, message)), 'signature_invalid');
  assert.equal(await prove(nonce, signed(key, message.trimEnd())), 'signature_invalid');
  const later = nonce.replace(/^\d+/, (expiresAt) => String(Number(expiresAt) + 60_000));
  const forged = message.replace(nonce, later);
  for (const none of [later, `x${nonce}`, `0${nonce}`, `${nonce} `])
    assert.equal(await prove(none, signed(key, forged)), 'challenge_invalid', 'nobody gave it');
  bed.clock.move(5 * 60_000);
  assert.equal(await prove(nonce, signed(key, message)), 'challenge_invalid', 'too late');
  ({ nonce, message } = await ask());
  const { publicKey } = await bed.ok('agent', 'participant.me', {});
  await bed.ok('agent', 'participant.register_key', { ...me, publicKey: publicKey ?? '' });
  assert.equal(
    await prove(nonce, signed(key, message)),
    'challenge_invalid',
    'of the same key, registered anew',
  );
  ({ nonce, message } = await ask());
  await bed.ok('agent', 'participant.register_key', { ...me, publicKey: newKeyPair().publicKey });
  assert.equal(await prove(nonce, signed(key, message)), 'challenge_invalid', 'of the key before');
  await bed.ok('other', 'participant.generate_key', me);
  const theirs = await bed.ok('other', 'participant.challenge', me);
  assert.equal(
    await prove(theirs.nonce, signed(key, theirs.message)),
    'challenge_invalid',
    'of somebody else',
  );
  assert.equal(await prove('x', 'not base64'), 'request_invalid');
  await bed.close();
});

test('keys of others are for administrators', async () => {
  const bed = await Testbed.open(passport('agent', { kind: 'agent' }), passport('person'));
  const id = 'passport_agent';
  const { publicKey } = newKeyPair();
  assert.equal(await bed.no('person', 'participant.register_key', { id, publicKey }), 'forbidden');
  assert.equal(await bed.no('person', 'participant.generate_key', { id }), 'forbidden');
  assert.equal(await bed.no('person', 'participant.challenge', { id }), 'forbidden');
  assert.equal(
    await bed.no('person', 'participant.prove', { id, nonce: 'x', signature: `${'A'.repeat(86)}==` }),
    'forbidden',
  );
  assert.equal((await bed.ok('root', 'participant.register_key', { id, publicKey })).publicKey, publicKey);
  assert.equal(await bed.no('root', 'participant.challenge', { id: 'passport_none' }), 'participant_unknown');
  assert.equal(
    await bed.no('agent', 'participant.register_key', { id, publicKey: 'short' }),
    'request_invalid',
  );
  await bed.close();
});

test('the private key is told once, also to who repeats the request after a restart', async () => {
  const bed = await Testbed.open(passport('agent', { kind: 'agent' }));
  const asked = { idempotencyKey: 'k' };
  const first = await bed.ok('agent', 'participant.generate_key', me, asked);
  assert.deepEqual(await bed.ok('agent', 'participant.generate_key', me, asked), first);
  await bed.runtime.stop();
  const again = new Testbed(bed.store);
  await again.runtime.start();
  const repeated = await again.ok('agent', 'participant.generate_key', me, asked);
  assert.deepEqual([repeated.privateKey, repeated.publicKey], [null, first.publicKey]);
  await again.close();
});

test('a key that is changed while it is proved is not proved', async () => {
  const bed = await Testbed.open(passport('agent', { kind: 'agent' }));
  const { privateKey } = await bed.ok('agent', 'participant.generate_key', me);
  const { nonce, message } = await bed.ok('agent', 'participant.challenge', me);
  const { publicKey } = newKeyPair();
  const signature = signed(readKey(privateKey ?? ''), message);
  const [changed, refused] = await Promise.all([
    bed.ok('agent', 'participant.register_key', { ...me, publicKey }),
    bed.no('agent', 'participant.prove', { ...me, nonce, signature }),
  ]);
  assert.deepEqual([changed.publicKey, refused], [publicKey, 'challenge_invalid']);
  assert.equal((await bed.ok('agent', 'participant.me', {})).keyProvedAt, null);
  await bed.close();
});
