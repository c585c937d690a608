import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { assertInvariant } from '../errors';
import type { Window } from '../text/windows';

/** Padded tokens of one run: one full window. More would not be faster, and a run cannot be interrupted. */
export const maxBatchTokens = 512;

/** A row of the encoder: tokens, and for every landmark the segment it averages and how far it sees. */
interface EncoderRow {
  tokens: ArrayLike<number>;
  landmarks: readonly { segmentStart: number; segmentEnd: number; position: number }[];
}

/** Turns windows into landmark keys and questions into landmark queries. Knows nothing of files or stores. */
export class Encoder {
  constructor(
    private readonly session: InferenceSession,
    /** R: numbers of a landmark key. */
    private readonly keyNumbers: number,
  ) {}

  /** @returns per window its blocks' landmark keys, [blocks, R], each of length 1 */
  async encodeKeys(windows: readonly Window[]): Promise<Float32Array[]> {
    const rows = windows.map(windowRow);
    const keys = await this.run(rows, 'landmark_keys');
    const landmarkCount = mostLandmarks(rows);
    return windows.map(({ blocks }, row) => {
      const start = row * landmarkCount * this.keyNumbers;
      return keys.slice(start, start + blocks.length * this.keyNumbers);
    });
  }

  /**
   * @param tokens the question in its turn markup
   * @param margins tokens at its start and end that the mean query leaves out
   * @returns the landmark query, [R], of length 1
   */
  async encodeQuery(
    tokens: readonly number[],
    [start, end]: readonly [number, number],
  ): Promise<Float32Array> {
    const length = tokens.length;
    const landmark = { segmentStart: start, segmentEnd: length - end, position: length };
    return this.run([{ tokens, landmarks: [landmark] }], 'landmark_queries');
  }

  private async run(rows: readonly EncoderRow[], output: string): Promise<Float32Array> {
    const results = await this.session.run(feedsOf(rows), [output]);
    const data = results[output]!.data as Float32Array;
    assertInvariant(
      data.length === rows.length * mostLandmarks(rows) * this.keyNumbers,
      `${output} has ${data.length} numbers`,
    );
    return data;
  }
}

function windowRow(window: Window): EncoderRow {
  return {
    tokens: window.tokens,
    landmarks: window.blocks.map((block, index) => ({
      // The header speaks for the whole file; its tokens count towards the first block's mean key.
      segmentStart: index === 0 ? window.prefixTokenCount : block.startToken,
      segmentEnd: block.endToken,
      position: block.endToken,
    })),
  };
}

function mostLandmarks(rows: readonly EncoderRow[]): number {
  return Math.max(...rows.map(({ landmarks }) => landmarks.length));
}

/** Pads rows to one rectangle. A padding landmark repeats its row's last one; its result is not read. */
function feedsOf(rows: readonly EncoderRow[]): Record<string, Tensor> {
  const batch = rows.length;
  const tokenCount = Math.max(...rows.map(({ tokens }) => tokens.length));
  const landmarkCount = mostLandmarks(rows);
  const tokens = new BigInt64Array(batch * tokenCount);
  const grid = (): BigInt64Array => new BigInt64Array(batch * landmarkCount);
  const [segmentStart, segmentEnd, position] = [grid(), grid(), grid()];
  rows.forEach((row, b) => {
    for (let t = 0; t < row.tokens.length; t++) tokens[b * tokenCount + t] = BigInt(row.tokens[t]!);
    for (let n = 0; n < landmarkCount; n++) {
      const landmark = row.landmarks[Math.min(n, row.landmarks.length - 1)]!;
      segmentStart[b * landmarkCount + n] = BigInt(landmark.segmentStart);
      segmentEnd[b * landmarkCount + n] = BigInt(landmark.segmentEnd);
      position[b * landmarkCount + n] = BigInt(landmark.position);
    }
  });
  const perLandmark = [batch, landmarkCount];
  return {
    tokens: new Tensor('int64', tokens, [batch, tokenCount]),
    segment_start: new Tensor('int64', segmentStart, perLandmark),
    segment_end: new Tensor('int64', segmentEnd, perLandmark),
    landmark_position: new Tensor('int64', position, perLandmark),
    last_token: new Tensor('int32', new Int32Array(batch).fill(tokenCount - 1), [batch]),
    token_count: new Tensor('int32', Int32Array.of(tokenCount), []),
  };
}
