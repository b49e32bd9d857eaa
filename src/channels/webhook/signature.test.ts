import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { keyOf, newSigningSecret, signatures, signedHeaders } from './signature.ts';

test('the vector of the Standard Webhooks specification', () => {
  const message = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: 1_614_265_330,
    body: '{"test": 2432232314}',
  };
  assert.equal(
    signatures(message, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']),
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  );
});

test('every secret has its signature, the newest first, over the bytes of the body', () => {
  const [one, two] = [newSigningSecret(), newSigningSecret()];
  const message = { id: 'evt_1', timestamp: 7, body: '{"name":"Žofie 🙂"}' };
  const expected = [one, two].map((secret) => {
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const bytes = Buffer.concat([Buffer.from('evt_1.7.'), Buffer.from(message.body, 'utf8')]);
    return `v1,${createHmac('sha256', key).update(bytes).digest('base64')}`;
  });
  assert.deepEqual(signedHeaders(message, [one, two]), {
    'webhook-id': 'evt_1',
    'webhook-timestamp': '7',
    'webhook-signature': expected.join(' '),
  });
});

test('a secret is whsec_ and the Base64 of 24 to 64 bytes', () => {
  const of = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 1).toString('base64')}`;
  assert.equal(keyOf(newSigningSecret())?.length, 32);
  assert.notEqual(newSigningSecret(), newSigningSecret());
  assert.equal(keyOf(of(24))?.length, 24);
  assert.equal(keyOf(of(64))?.length, 64);
  for (const bad of [of(23), of(65), of(32).slice(6), `${of(32)}!`, 'whsec_', ''])
    assert.equal(keyOf(bad), null, bad);
  assert.throws(() => signatures({ id: 'a', timestamp: 0, body: '' }, ['whsec_']), /secret cannot be read/);
});
