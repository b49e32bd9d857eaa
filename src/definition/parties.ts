/**
 * Whom a definition may name: `role:NAME`, `group:NAME`, `post:NAME` (its holders), `manager_of:PASSPORT`, `system:NAME`, or the
 * id of a passport. What a name stands for is looked up whenever it matters, so that it follows the organisation.
 */
const PARTY =
  /^(?:(?:role|group|post|system|manager_of):[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}|[a-zA-Z][a-zA-Z0-9_-]{0,127})$/;

export const isParty = (value: string): boolean => PARTY.test(value);

export const PARTY_HELP =
  '`role:NAME`, `group:NAME`, `post:NAME`, `manager_of:PASSPORT`, `system:NAME` or the id of a passport';
