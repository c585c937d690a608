import { Tensor } from 'onnxruntime-node';
import { assertInvariant } from '../../errors';
import type { EncodableWindow, Encoder } from '../encoder';
import { runSize, type GuardedSession } from './guardedSession';

/** A row of the encoder: tokens, and for every landmark the segment it averages and how far it sees. */
interface EncoderRow {
  tokens: ArrayLike<number>;
  landmarks: readonly { segmentStart: number; segmentEnd: number; position: number }[];
}

/** The encoder's graph in this thread, which each run holds. */
export class NativeEncoder implements Encoder {
  /** The caller says how many windows go together; a device may have no room for them. */
  private readonly windowsPerRun = runSize(Infinity, 1);

  constructor(
    private readonly session: GuardedSession,
    /** R: numbers of a landmark key. */
    private readonly keyNumbers: number,
  ) {}

  async encodeKeys(windows: readonly EncodableWindow[]): Promise<Float32Array[]> {
    const keys: Float32Array[] = [];
    await this.session.inPieces(this.windowsPerRun, windows.length, async (start, count) => {
      keys.push(...(await this.keysOf(windows.slice(start, start + count))));
    });
    return keys;
  }

  async encodeQuery(
    tokens: readonly number[],
    [start, end]: readonly [number, number],
  ): Promise<Float32Array> {
    const length = tokens.length;
    const landmark = { segmentStart: start, segmentEnd: length - end, position: length };
    let query: Float32Array = new Float32Array();
    await this.session.inPieces(this.windowsPerRun, 1, async () => {
      query = await this.run([{ tokens, landmarks: [landmark] }], 'landmark_queries');
    });
    return query;
  }

  /** In one run. */
  private async keysOf(windows: readonly EncodableWindow[]): Promise<Float32Array[]> {
    const rows = windows.map(windowRow);
    const keys = await this.run(rows, 'landmark_keys');
    const landmarkCount = mostLandmarks(rows);
    return windows.map(({ blocks }, row) => {
      const start = row * landmarkCount * this.keyNumbers;
      return keys.slice(start, start + blocks.length * this.keyNumbers);
    });
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

function windowRow(window: EncodableWindow): EncoderRow {
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
