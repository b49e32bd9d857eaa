import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../simulation/random.ts';
import { Deck } from './deck.ts';

const CARDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const deckOf = (seed: number): Deck<string> => new Deck(CARDS, new Random(seed));
const always = (): boolean => true;
const round = (deck: Deck<string>): (string | undefined)[] => CARDS.map(() => deck.draw(always));

test('everything comes before anything comes again, in an order that the seed gives', () => {
  const deck = deckOf(1);
  const rounds = [round(deck), round(deck), round(deck)];
  for (const one of rounds) assert.deepEqual(new Set(one), new Set(CARDS));
  assert.notDeepEqual(rounds[0], rounds[1]);
  const again = deckOf(1);
  assert.deepEqual([round(again), round(again), round(again)], rounds);
  assert.notDeepEqual(round(deckOf(2)), rounds[0]);
});

test('what cannot be played now keeps its turn', () => {
  const deck = deckOf(1);
  const [first, second, ...others] = round(deckOf(1));
  assert.equal(
    deck.draw((card) => card !== first),
    second,
  );
  assert.equal(deck.draw(always), first);
  assert.deepEqual(
    others.map(() => deck.draw(always)),
    others,
  );
});

test('where nothing that is left can be played, nothing new is dealt', () => {
  const deck = deckOf(1);
  const last = round(deckOf(1)).at(-1);
  for (let at = 1; at < CARDS.length; at += 1) deck.draw(always);
  assert.equal(
    deck.draw((card) => card !== last),
    undefined,
  );
  assert.equal(deck.draw(always), last);
});

test('what is put back is the next', () => {
  const deck = deckOf(1);
  const first = deck.draw(always);
  deck.putBack(first!);
  assert.equal(deck.draw(always), first);
});
