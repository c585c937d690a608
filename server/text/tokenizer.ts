import { Tokenizer as ByteLevelTokenizer } from '@huggingface/tokenizers';

/** What the other rooms know of a tokenizer. Token ids are non-negative integers below the vocabulary size. */
export interface Tokenizer {
  /** For our own templates: special tokens written in `markup` become special tokens. */
  encodeMarkup(markup: string): number[];
  /**
   * For text of a workspace or a user, which must never open or close a turn: a special token written there
   * is broken up with a zero-width joiner, so it stays readable and becomes ordinary tokens.
   */
  encodeText(text: string): number[];
  decode(ids: readonly number[]): string;
  /** The id of a token written exactly so in the vocabulary, special tokens included. */
  tokenId(token: string): number | undefined;
}

/** The part of a `tokenizer.json` that is read here; the library validates the rest. */
export interface TokenizerJson {
  added_tokens?: { content: string }[];
}

const zeroWidthJoiner = '\u200d';

/**
 * Builds the byte-level BPE tokenizer of a model package.
 *
 * @param json the parsed `tokenizer.json` of the package
 */
export function createTokenizer(json: TokenizerJson): Tokenizer {
  const tokenizer = new ByteLevelTokenizer(json, {});
  const special = specialTokenPattern(json);
  const encodeMarkup = (markup: string): number[] =>
    markup === '' ? [] : tokenizer.encode(markup, { add_special_tokens: false }).ids;
  return {
    encodeMarkup,
    encodeText: (text) =>
      encodeMarkup(
        special ? text.replace(special, (token) => token[0]! + zeroWidthJoiner + token.slice(1)) : text,
      ),
    decode: (ids) => (ids.length === 0 ? '' : tokenizer.decode([...ids], { skip_special_tokens: false })),
    tokenId: (token) => tokenizer.token_to_id(token),
  };
}

function specialTokenPattern(json: TokenizerJson): RegExp | undefined {
  const tokens = (json.added_tokens ?? []).map(({ content }) =>
    content.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  );
  return tokens.length === 0 ? undefined : new RegExp(tokens.join('|'), 'g');
}
