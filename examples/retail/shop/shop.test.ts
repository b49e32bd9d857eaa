import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { openSmallShop, orderOf, STOCK, TOOLS, userOf } from '../testing/small-shop.ts';
import { Catalogue } from './catalogue.ts';
import { KeyMissing, KeyTaken, openShop, Shop, ShopMissing } from './shop.ts';

const folder = mkdtempSync(join(tmpdir(), 'humanos-retail-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const CANCEL = {
  tool: 'cancel_pending_order',
  arguments: { order_id: '#1', reason: 'no longer needed' },
  key: 'run/work.case/0/0',
};
const balance = (shop: Shop, user: string, card: string): number => {
  const method = userOf(shop, user).payment_methods[card];
  return method?.source === 'gift_card' ? method.balance : Number.NaN;
};

describe('a call with a key', () => {
  it('has one effect and one answer, however often it comes', () => {
    const shop = openSmallShop();
    const first = shop.call(CANCEL);
    assert.equal(balance(shop, 'ada', 'gift_card_ada0'), 133.24);
    assert.deepEqual(shop.call(CANCEL), first);
    assert.deepEqual(shop.recall(CANCEL), first);
    assert.deepEqual(
      shop.call({ ...CANCEL, arguments: { reason: 'no longer needed', order_id: '#1' } }),
      first,
    );
    assert.equal(balance(shop, 'ada', 'gift_card_ada0'), 133.24);
    assert.deepEqual(shop.call({ ...CANCEL, key: 'another' }), {
      ok: false,
      error: 'Error: non-pending order cannot be cancelled',
    });
  });

  it('keeps its refusal, also when it would not be refused now', () => {
    const shop = openSmallShop();
    const pay = {
      tool: 'modify_pending_order_payment',
      arguments: { order_id: '#4', payment_method_id: 'gift_card_bo0' },
      key: 'pay',
    };
    const refused = { ok: false, error: 'Error: insufficient gift card balance to pay for the order' };
    assert.deepEqual(shop.call(pay), refused);
    assert.deepEqual(shop.call(pay), refused);
  });

  it('refuses a key that stands for another call', () => {
    const shop = openSmallShop();
    shop.call(CANCEL);
    const other = { ...CANCEL, arguments: { ...CANCEL.arguments, order_id: '#4' } };
    assert.throws(() => shop.call(other), KeyTaken);
    assert.throws(() => shop.recall(other), KeyTaken);
    assert.equal(orderOf(shop, '#4').status, 'pending');
  });

  it('is asked for wherever records change', () => {
    const shop = openSmallShop();
    const { key: _, ...keyless } = CANCEL;
    assert.throws(() => shop.call(keyless), KeyMissing);
    assert.throws(() => shop.call({ ...CANCEL, key: '' }), KeyMissing);
    assert.equal(orderOf(shop, '#1').status, 'pending');
    assert.equal(shop.call({ tool: 'get_order_details', arguments: { order_id: '#1' } }).ok, true);
  });
});

describe('kill -9', () => {
  const KILLED = new URL('../testing/killed.ts', import.meta.url).pathname;
  /** Makes the call in a process that is killed at a point of it. */
  const dieAt = (point: string, file: string): void => {
    const { signal, stderr } = spawnSync(process.execPath, [
      '--conditions=source',
      KILLED,
      point,
      file,
      JSON.stringify(CANCEL),
    ]);
    assert.equal(signal, 'SIGKILL', stderr.toString());
  };

  for (const [point, made] of [
    ['before-commit', false],
    ['after-commit', true],
  ] as const)
    it(`${point}: the call is ${made ? 'made' : 'not made'}, and made once when it is repeated`, () => {
      const file = join(folder, `${point}.sqlite`);
      openShop(file, STOCK).close();
      dieAt(point, file);
      const shop = openShop(file);
      assert.equal(shop.recall(CANCEL) !== undefined, made);
      assert.equal(orderOf(shop, '#1').status, made ? 'cancelled' : 'pending');
      assert.equal(shop.call(CANCEL).ok, true);
      assert.equal(shop.call(CANCEL).ok, true);
      assert.equal(balance(shop, 'ada', 'gift_card_ada0'), 133.24);
      shop.close();
    });

  it('while the shop is made: it is made anew', () => {
    const file = join(folder, 'making.sqlite');
    dieAt('making', file);
    assert.throws(() => openShop(file), ShopMissing);
    const shop = openShop(file, STOCK);
    assert.equal(shop.texts('orders').size, 6);
    shop.close();
  });
});

describe('a shop', () => {
  it('is made once, and keeps what it holds', () => {
    const file = join(folder, 'kept.sqlite');
    assert.throws(() => openShop(file), ShopMissing);
    const shop = openShop(file, STOCK);
    shop.call(CANCEL);
    shop.close();
    const again = openShop(file, STOCK);
    assert.equal(orderOf(again, '#1').status, 'cancelled');
    again.close();
  });

  it('knows no tool that it does not offer, and no argument that the tool does not declare', () => {
    const tools = TOOLS.map((tool) =>
      tool.name === CANCEL.tool
        ? {
            ...tool,
            parameters: {
              type: 'object',
              properties: {
                order_id: { type: 'string' },
                reason: { type: 'string', enum: ['no longer needed'] },
              },
              required: ['order_id', 'reason'],
            },
          }
        : tool,
    );
    const shop = new Shop(new Database(':memory:'), { ...STOCK, tools });
    const errorOf = (tool: string, args: object) => {
      const answer = shop.call({ tool, arguments: args as never, key: JSON.stringify([tool, args]) });
      return answer.ok ? null : answer.error;
    };
    assert.equal(errorOf('constructor', {}), 'Error: unknown tool constructor');
    assert.equal(errorOf(CANCEL.tool, { order_id: '#1' }), 'Error: missing argument reason');
    assert.equal(
      errorOf(CANCEL.tool, { order_id: 1, reason: 'no longer needed' }),
      'Error: argument order_id must be string',
    );
    assert.equal(
      errorOf(CANCEL.tool, { order_id: '#1', reason: 'no longer needed', refund: 'twice' }),
      'Error: unknown argument refund',
    );
    assert.equal(
      errorOf(CANCEL.tool, { order_id: '#3', reason: 'a mood' }),
      'Error: non-pending order cannot be cancelled',
    );
    assert.equal(errorOf(CANCEL.tool, { order_id: '#1', reason: 'a mood' }), 'Error: invalid reason');
    assert.equal(orderOf(shop, '#1').status, 'pending');
  });

  it('offers what is implemented, in a class that fits what it does', () => {
    const entry = (name: string, is: string) => ({
      name,
      class: is as never,
      description: '',
      parameters: {},
    });
    assert.throws(() => new Catalogue([entry('teleport', 'read')]), /not implemented/);
    assert.throws(() => new Catalogue([entry('cancel_pending_order', 'read')]), /not implemented/);
    assert.throws(() => new Catalogue([entry('think', 'odd')]), /unknown class/);
  });
});
