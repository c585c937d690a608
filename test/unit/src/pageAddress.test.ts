import { describe, expect, it } from 'vitest';
import { pageAddress } from '../../../src/documents/pageAddress';

describe('the address of a page', () => {
  it('is another for each name and subject, and the same for the same', () => {
    const pages = [
      ['Summary of src/a.py', ''],
      ['Summary of src-a.py', ''],
      ['Summary of src\u2215a.py', ''],
      ['Summary of src:a.py', ''],
      ['Explanation of put', 'a.py:1'],
      ['Explanation of put', 'b.py:1'],
    ] as const;
    const addresses = pages.map(([name, subject]) => JSON.stringify(pageAddress(name, subject)));
    expect(new Set(addresses).size).toBe(pages.length);
    expect(pageAddress(...pages[0])).toEqual(pageAddress(...pages[0]));
  });

  it('names a Markdown file in no folder', () => {
    expect(pageAddress('Summary of src/a<b>:c.py', '').path).toBe('/Summary of src\u2215a-b-c.py.md');
  });
});
