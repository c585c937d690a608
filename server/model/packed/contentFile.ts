import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { throwIfCancelled } from '../../errors';
import type { ByteRange } from './externalData';

/** A page of memory, so that what is added can be mapped as it lies. */
const alignmentBytes = 4_096;
/** Held at once, and hashed between two turns of the event loop. */
const pieceBytes = 2 * 2 ** 20;

/** A file that grows by ranges of other files; bytes that it has already are not added again. */
export class ContentFile {
  /** By SHA-256 of the content. */
  private readonly offsets = new Map<string, number>();
  private readonly piece = Buffer.alloc(pieceBytes);

  /** @param end where the next range is added at the earliest */
  constructor(
    private readonly target: FileHandle,
    private end: number,
    private readonly signal: AbortSignal,
  ) {}

  get bytes(): number {
    return this.end;
  }

  /** A range that is in the file already may be named again. */
  async know(range: ByteRange): Promise<void> {
    const hash = await this.hashOf(this.target, range);
    if (!this.offsets.has(hash)) this.offsets.set(hash, range.offset);
  }

  /** @returns where the content of a range of another file lies in this one */
  async add(source: FileHandle, range: ByteRange): Promise<number> {
    const hash = await this.hashOf(source, range);
    const known = this.offsets.get(hash);
    if (known !== undefined) return known;
    const offset = Math.ceil(this.end / alignmentBytes) * alignmentBytes;
    let at = offset;
    for await (const piece of this.piecesOf(source, range)) {
      await this.target.write(piece, 0, piece.length, at);
      at += piece.length;
    }
    this.end = at;
    this.offsets.set(hash, offset);
    return offset;
  }

  private async hashOf(file: FileHandle, range: ByteRange): Promise<string> {
    const hash = createHash('sha256');
    for await (const piece of this.piecesOf(file, range)) hash.update(piece);
    return hash.digest('hex');
  }

  private async *piecesOf(file: FileHandle, { offset, bytes }: ByteRange): AsyncGenerator<Uint8Array> {
    for (let done = 0; done < bytes;) {
      throwIfCancelled(this.signal);
      const wanted = Math.min(pieceBytes, bytes - done);
      const { bytesRead } = await file.read(this.piece, 0, wanted, offset + done);
      if (bytesRead === 0) throw new Error(`a file ends before byte ${offset + bytes}`);
      yield this.piece.subarray(0, bytesRead);
      done += bytesRead;
    }
  }
}
