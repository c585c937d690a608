import { expect, test } from 'vitest';
import { isGrounded } from '../../server/answering/grounded';
import { namesIn } from '../../server/landmark/cite';

const names = namesIn(
  'Where is a cart filled?\nshop/cart.py\ndef add_item(item):\n    self.items.append(item)',
);
const cited = (text: string) => ({ text, citations: [1] });
const bare = (text: string) => ({ text, citations: [] });

test.each([
  ['one that cites and names what was read', [cited('`add_item` appends it.')], true],
  [
    'one of which half names what stands nowhere',
    [cited('`add_item` does.'), cited('It calls `push_all`.')],
    true,
  ],
  [
    'one of which more than half does',
    [cited('`fill_cart` does.'), cited('It calls `push_all`.'), cited('So.')],
    false,
  ],
  ['one that cites nothing', [bare('A cart is filled.'), bare('It holds items.')], false],
  ['one that cites once', [bare('A cart is filled.'), cited('It holds items.')], true],
  ['none', [], true],
])('an answer: %s', (_, sentences, isKept) => {
  expect(isGrounded(sentences, names)).toBe(isKept);
});
