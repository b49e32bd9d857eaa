import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverOf, sharedPostgres, skipWithout } from './index.ts';

const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres) };

const RIGHTS = `
  SELECT rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls,
    EXISTS (SELECT 1 FROM pg_auth_members WHERE member = pg_roles.oid) AS is_member
  FROM pg_roles WHERE rolname = current_user`;
const PLAIN = {
  rolcanlogin: true,
  rolsuper: false,
  rolcreatedb: false,
  rolcreaterole: false,
  rolreplication: false,
  rolbypassrls: false,
  is_member: false,
};

test('the URLs are for a role that may log in, and is nothing more', needed, async () => {
  const server = serverOf(postgres);
  for (const url of [await server.newSchema(), await server.newDatabase()]) {
    assert.deepEqual(await server.query(RIGHTS, url), [PLAIN]);
    await server.query('CREATE TABLE own (id integer)', url);
    await assert.rejects(server.query('ALTER SYSTEM RESET work_mem', url), { code: '42501' });
    assert.equal((await server.query(RIGHTS, server.administering(url)))[0]?.['rolsuper'], true);
  }
  await assert.rejects(server.query('CREATE TABLE other (id integer)', server.url('postgres')), {
    code: '42501',
  });
});
