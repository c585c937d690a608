import { Tokenizer } from '@huggingface/tokenizers';
import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { openGraph } from '../../../server/model/sessions';
import { fetchMiniLm } from './fetch';

/** What the model was made for; longer texts are cut, as its own library does. */
const maxTokens = 256;
/** Rows of one run. More are not faster on a few cores. */
const batchRows = 16;
const separatorToken = '[SEP]';

/** The rival: an embedding model that code assistants bundle. */
export class MiniLm {
  private constructor(
    private readonly session: InferenceSession,
    private readonly tokenizer: Tokenizer,
    private readonly separator: number,
  ) {}

  static async open(): Promise<MiniLm> {
    const { graph, tokenizer } = fetchMiniLm();
    const loaded = new Tokenizer(tokenizer, {});
    const separator = loaded.token_to_id(separatorToken);
    if (separator === undefined) throw new Error(`the tokenizer has no ${separatorToken}`);
    return new MiniLm(await openGraph(graph, 'cpu', 0), loaded, separator);
  }

  /** Token ids with the marks at both ends, at most 256. */
  tokenize(text: string): number[] {
    const { ids } = this.tokenizer.encode(text);
    return ids.length <= maxTokens ? ids : [...ids.slice(0, maxTokens - 1), this.separator];
  }

  async embedTexts(texts: readonly string[]): Promise<Float32Array[]> {
    return this.embed(texts.map((text) => this.tokenize(text)));
  }

  /** @returns per row an embedding of length 1 */
  async embed(rows: readonly (readonly number[])[]): Promise<Float32Array[]> {
    const embeddings = new Array<Float32Array>(rows.length);
    // Rows of like length share a batch: padding costs as much as text.
    const order = [...rows.keys()].sort((left, right) => rows[left]!.length - rows[right]!.length);
    for (let from = 0; from < order.length; from += batchRows) {
      const batch = order.slice(from, from + batchRows);
      const found = await this.run(batch.map((index) => rows[index]!));
      batch.forEach((index, row) => {
        embeddings[index] = found[row]!;
      });
    }
    return embeddings;
  }

  private async run(rows: readonly (readonly number[])[]): Promise<Float32Array[]> {
    const tokenCount = Math.max(...rows.map(({ length }) => length));
    const ids = new BigInt64Array(rows.length * tokenCount);
    const mask = new BigInt64Array(rows.length * tokenCount);
    rows.forEach((row, b) => {
      row.forEach((token, t) => {
        ids[b * tokenCount + t] = BigInt(token);
        mask[b * tokenCount + t] = 1n;
      });
    });
    const dims = [rows.length, tokenCount];
    const { embedding } = await this.session.run({
      input_ids: new Tensor('int64', ids, dims),
      attention_mask: new Tensor('int64', mask, dims),
    });
    const numbers = embedding!.data as Float32Array;
    const width = numbers.length / rows.length;
    return rows.map((_, row) => numbers.slice(row * width, (row + 1) * width));
  }
}
