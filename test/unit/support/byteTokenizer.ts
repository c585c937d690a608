import { createTokenizer, type Tokenizer } from '../../../server/text/tokenizer';

/**
 * A byte-level BPE tokenizer small enough to reason about: one token per byte, but for two merges that make
 * `ab` and `abc` one token each. `<|sep|>` is a special token.
 */
export function byteTokenizer(): Tokenizer {
  const vocab = Object.fromEntries(byteSymbols().map((symbol, byte) => [symbol, byte]));
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      {
        id: separatorToken,
        content: '<|sep|>',
        special: true,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
      },
    ],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      vocab: { ...vocab, ab: 256, abc: 257 },
      merges: ['a b', 'ab c'],
    },
  };
  return createTokenizer(json);
}

export const separatorToken = 258;

/** The printable character that stands for each byte in a byte-level vocabulary. */
function byteSymbols(): string[] {
  const isPrintable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let substitutes = 0;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCodePoint(isPrintable(byte) ? byte : 256 + substitutes++),
  );
}
