import assert from 'node:assert/strict';
import { test } from 'node:test';
import { situation } from '../../test/routing-kit/organisation.ts';
import { person } from '../../test/routing-kit/person.ts';
import { Directory, eligible, hasOwner, workOf, type Passport } from './index.ts';

test('work is for somebody as long as whoever it is for comes back', () => {
  const directory = new Directory();
  const owned = (given: Partial<Passport>): readonly [boolean, number] => {
    directory.put(person('ann', { capabilities: ['read'], ...given }));
    const [work, now] = [workOf({ key: 'k', requires: ['read'] }), situation({ forbidden: null })];
    return [hasOwner(directory, work, now), eligible(directory, work, now).length];
  };
  assert.deepEqual(owned({}), [true, 1]);
  assert.deepEqual(owned({ status: 'busy' }), [true, 1]);
  assert.deepEqual(owned({ status: 'away' }), [true, 0]);
  assert.deepEqual(owned({ status: 'suspended' }), [false, 0]);
  assert.deepEqual(owned({ status: 'away', capabilities: ['write'] }), [false, 0]);
});
