import { expect, test } from 'vitest';
import { rulesOf } from '../../server/answering/keeps';
import { namesIn } from '../../server/landmark/cite';

const known = namesIn(
  ['Tell what `Cart` is for.', 'shop/cart.py', 'def add_item(item):\n    self.items.append(item)'].join('\n'),
);

test.each([
  ['names what was read', '`add_item` appends to `items`.', true],
  ['names a path that was read', 'It stands in `shop/cart.py`.', true],
  ['names what was asked about', 'A `Cart` holds them.', true],
  ['names nothing', 'Items are kept in a list.', true],
  ['names a language', 'It is called from JavaScript.', true],
  ['names what stands nowhere', 'It calls `add_all`.', false],
  ['names one thing that stands nowhere', '`add_item` calls remove_item(item).', false],
])('a sentence that %s', (_, sentence, isKept) => {
  const { isAllowed } = rulesOf({ onlyNamesRead: true }, () => known);
  expect(isAllowed?.(sentence)).toBe(isKept);
  expect(rulesOf({ endsWhole: true }, () => known)).toEqual({ endsWhole: true });
});
