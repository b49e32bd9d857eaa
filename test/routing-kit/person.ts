import type { Passport } from '../../src/routing/index.ts';

/** A human who is there, with what is given. */
export const person = (id: string, given: Partial<Passport> = {}): Passport => ({
  id,
  kind: 'human',
  name: id,
  owner: null,
  roles: [],
  groups: [],
  capabilities: [],
  status: 'available',
  capacity: 3,
  publicKey: null,
  createdAt: 0,
  ...given,
});
