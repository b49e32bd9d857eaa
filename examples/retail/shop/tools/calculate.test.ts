import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calculate } from './calculate.ts';

const result = (expression: string) => {
  const answer = calculate(null, { expression });
  return answer.ok ? answer.output : answer.error;
};

test('expressions give what Python makes of them', () => {
  for (const [expression, expected] of [
    ['2 + 2', '4.0'],
    ['2+3*4-(1 - .5)', '13.5'],
    ['10/4', '2.5'],
    ['2/3', '0.67'],
    ['-7//2', '-4.0'],
    ['-2**2', '-4.0'],
    ['2**-1', '0.5'],
    ['2**3**2', '512.0'],
    ['--1', '1.0'],
    ['0.1+0.2', '0.3'],
    ['1. + 1', '2.0'],
    ['10**17', '1e+17'],
    ['158.90 + 47.76 - 20', '186.66'],
    ['00', '0.0'],
  ])
    assert.equal(result(expression ?? ''), expected, expression);
});

test('what is no expression is refused', () => {
  for (const [expression, error] of [
    ['2 + x', 'Error: invalid characters in expression'],
    ['2\n', 'Error: invalid characters in expression'],
    ['', 'Error: invalid syntax'],
    ['2 +', 'Error: invalid syntax'],
    ['2 2', 'Error: invalid syntax'],
    ['(1', 'Error: invalid syntax'],
    ['1)', 'Error: invalid syntax'],
    ['1.2.3', 'Error: invalid syntax'],
    ['.', 'Error: invalid syntax'],
    ['012', 'Error: invalid syntax'],
    ['1/0', 'Error: division by zero'],
    ['1//(2-2)', 'Error: division by zero'],
    ['0**-1', 'Error: division by zero'],
    ['9**9**9', 'Error: result too large'],
    ['('.repeat(5000) + ')'.repeat(5000), 'Error: too many nested parentheses'],
  ])
    assert.equal(result(expression ?? ''), error, expression);
});
