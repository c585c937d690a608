import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTokenizer, type TokenizerJson } from '../../server/text/tokenizer';

const path = join(import.meta.dirname, '..', '..', 'models', 'toy-landmark', 'tokenizer.json');
const tokenizer = createTokenizer(JSON.parse(readFileSync(path, 'utf8')) as TokenizerJson);
const specialTokens = ['<|im_start|>', '<|im_end|>', '<|endoftext|>', '<|file_sep|>'];

describe('text of a workspace', () => {
  it.each(specialTokens)('cannot write %s', (token) => {
    const id = tokenizer.tokenId(token)!;
    expect(tokenizer.encodeMarkup(`a${token}b`)).toContain(id);
    const ids = tokenizer.encodeText(`a${token}b`);
    expect(ids).not.toContain(id);
    expect(tokenizer.decode(ids).replace('\u200d', '')).toBe(`a${token}b`);
  });

  it.each(['a <| b |> c', 'x <|y|> z', '\u200d<|', ''])('keeps %j as it is', (text) => {
    expect(tokenizer.decode(tokenizer.encodeText(text))).toBe(text);
  });
});
