import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openingHours, type WorkingHours } from '../../routing/index.ts';
import type { Clock } from '../clock.ts';
import { Openings } from './openings.ts';

const DAY = 86_400_000;
const at = (text: string): number => Date.parse(text);
const dates = (first: string, count: number): string[] =>
  Array.from({ length: count }, (_, day) => new Date(at(first) + day * DAY).toISOString().slice(0, 10));

/** Time that goes on to the next alarm, and to no other moment. */
class AlarmClock implements Clock {
  time: number;
  #next: { readonly at: number; readonly call: () => void } | null = null;

  constructor(time: number) {
    this.time = time;
  }

  now(): number {
    return this.time;
  }
  after(ms: number, call: () => void): () => void {
    const alarm = { at: this.time + ms, call };
    this.#next = alarm;
    return () => void (this.#next = this.#next === alarm ? null : this.#next);
  }
  soon(call: () => void): void {
    call();
  }

  until(time: number): void {
    for (let alarm = this.#next; alarm && alarm.at <= time; alarm = this.#next) {
      this.#next = null;
      this.time = alarm.at;
      alarm.call();
    }
    this.time = time;
  }
}

const office: WorkingHours = {
  zone: 'UTC',
  weekly: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '09:00', to: '17:00' }],
  holidays: dates('2027-07-01', 90),
};

for (const [when, hours, opens] of [
  ['a closure of months', office, '2027-09-29T09:00:00Z'],
  [
    'months without an end',
    {
      ...office,
      weekly: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }],
      holidays: ['2027-12-24'],
    },
    '2027-12-25T00:00:00Z',
  ],
] as const)
  test(`hours that begin again after ${when} are told as they do`, () => {
    const clock = new AlarmClock(at('2027-06-30T16:00:00Z'));
    const begun: number[] = [];
    const openings = new Openings({ clock, begun: () => void begun.push(clock.now()) });
    openings.put(openingHours(hours));
    openings.start();
    clock.until(at(opens) - 1);
    const before = begun.length;
    clock.until(at(opens));
    assert.equal(begun.length, before + 1);
    assert.ok(before < 10, `${before} looks before`);
    openings.stop();
  });
