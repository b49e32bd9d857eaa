import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { groupsOf, isPublic, mayCall, NOTHING_ALLOWED, parseAllowed } from './address.ts';

const SEED = process.env['FC_SEED'] === undefined ? {} : { seed: Number(process.env['FC_SEED']) };

const REFUSED = [
  '0.0.0.0',
  '10.255.0.1',
  '100.64.0.1',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.192',
  '192.168.1.1',
  '198.18.0.1',
  '203.0.113.9',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '0:0:0:0:0:ffff:169.254.169.254',
  '::ffff:0:127.0.0.1',
  '64:ff9b::10.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::1.1.1.1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '3fff::1',
  '100::1',
  'localhost',
  '',
];
const PUBLIC = [
  '1.1.1.1',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.1',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450:4001::200e',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
];

test('ADDR-1 addresses of the machine, its network and its cloud are refused, in every form', () => {
  for (const address of REFUSED) assert.equal(isPublic(address), false, address);
  for (const address of PUBLIC) assert.equal(isPublic(address), true, address);
});

test('ADDR-1 an IPv4 address is judged alike in each form that carries it', () => {
  const octet = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 10, 127, 169, 172, 192, 254));
  fc.assert(
    fc.property(octet, octet, octet, octet, (a, b, c, d) => {
      const plain = [a, b, c, d].join('.');
      const hex = [a * 256 + b, c * 256 + d].map((group) => group.toString(16)).join(':');
      for (const form of [`::ffff:${plain}`, `::ffff:${hex}`, `0:0:0:0:0:FFFF:${hex}`, `64:ff9b::${hex}`])
        assert.equal(isPublic(form), isPublic(plain), form);
      assert.equal(isPublic(`::${plain}`), false);
    }),
    SEED,
  );
});

test('an IPv6 address is read the same in short and in full', () => {
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const full = groups.map((one) => one.toString(16)).join(':');
      assert.deepEqual(groupsOf(full), groups);
      const short = new URL(`http://[${full}]/`).hostname.slice(1, -1);
      assert.deepEqual(groupsOf(short), groups, short);
    }),
    SEED,
  );
});

test('an operator allows hosts, addresses and networks, and nothing beside them', () => {
  const allowed = parseAllowed(' hooks.internal, 10.1.0.0/16,::1 ,192.168.0.7');
  assert.ok(mayCall('HOOKS.internal', '10.9.9.9', allowed));
  assert.ok(mayCall('x', '10.1.255.255', allowed));
  assert.ok(mayCall('x', '::1', allowed));
  assert.ok(mayCall('x', '192.168.0.7', allowed));
  assert.ok(!mayCall('x', '10.2.0.0', allowed));
  assert.ok(!mayCall('x', '192.168.0.8', allowed));
  assert.ok(!mayCall('internal', '10.9.9.9', allowed));
  assert.ok(!mayCall('x', '127.0.0.1', NOTHING_ALLOWED));
  for (const bad of ['10.0.0.0/33', '1.2.3.4/x', 'a b', 'host/8', '-x', '1.2.3.4/8/9'])
    assert.throws(() => parseAllowed(bad), RangeError, bad);
});
