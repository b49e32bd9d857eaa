import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CapabilityGraph, capabilityOf } from './capability.ts';

const graphOf = (edges: Record<string, string[]>): CapabilityGraph => {
  const graph = new CapabilityGraph();
  for (const [id, implies] of Object.entries(edges))
    assert.equal(graph.set(capabilityOf({ id, implies })), null);
  return graph;
};

test('holding one is holding all that it implies, however far', () => {
  const graph = graphOf({ audit: ['review', 'report'], review: ['read'], read: [] });
  assert.deepEqual(new Set(graph.closure('audit')), new Set(['audit', 'review', 'report', 'read']));
  assert.deepEqual(graph.closure('unheard'), ['unheard']);
  assert.deepEqual(new Set(graph.impliers('read')), new Set(['read', 'review', 'audit']));
});

test('CAP-1: an edge that closes a circle is refused, with the circle, and nothing changes', () => {
  const graph = graphOf({ a: ['b', 'x'], b: ['c'], c: [] });
  assert.deepEqual(graph.set(capabilityOf({ id: 'c', implies: ['x', 'a'] })), ['c', 'a', 'b', 'c']);
  assert.deepEqual(graph.set(capabilityOf({ id: 'd', implies: ['d'] })), ['d', 'd']);
  assert.deepEqual(graph.closure('c'), ['c']);
});

test('what implies a capability follows when that one changes', () => {
  const graph = graphOf({ a: ['b'], b: ['c'] });
  assert.deepEqual(graph.closure('a'), ['a', 'b', 'c']);
  graph.set(capabilityOf({ id: 'b', implies: ['d'] }));
  assert.deepEqual(graph.closure('a'), ['a', 'b', 'd']);
  graph.remove('b');
  assert.deepEqual(graph.closure('a'), ['a', 'b']);
  assert.deepEqual(graph.impliers('d'), ['d']);
  assert.equal(graph.set(capabilityOf({ id: 'd', implies: ['b'] })), null);
});
