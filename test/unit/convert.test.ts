import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CancelledError } from '../../server/errors';
import { convertWeights, type ConversionInput } from '../../server/model/convert';
import { readPackage } from '../../server/model/manifest';
import { readTensorTable } from '../../server/model/tensorTable';
import { repositoryRoot } from '../oracle/fixtures';

const toy = join(repositoryRoot, 'models', 'toy-landmark');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'landmark-convert-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function inputFor(name: string, change: Partial<ConversionInput> = {}): Promise<ConversionInput> {
  const { manifest, packageId } = await readPackage(toy);
  return {
    ggufPath: join(toy, 'base.gguf'),
    landmarksPath: join(toy, 'landmarks.safetensors'),
    answersPath: join(toy, 'answers.safetensors'),
    weightsPath: join(folder, name),
    table: await readTensorTable(join(toy, 'tensors.blocks.json')),
    shape: manifest.shape,
    identity: packageId,
    ...change,
  };
}

/** @returns how much was done at each report */
async function convert(input: ConversionInput, cancelAfter = Infinity): Promise<number[]> {
  const cancel = new AbortController();
  const done: number[] = [];
  const report = (doneBytes: number): void => {
    done.push(doneBytes);
    if (done.length === cancelAfter) cancel.abort();
  };
  await convertWeights(input, report, cancel.signal);
  return done;
}

describe('the conversion', () => {
  it('has the size of the tensor table and leaves nothing else behind', async () => {
    const input = await inputFor('weights.bin');
    const done = await convert(input);
    expect(done.at(-1)).toBeGreaterThan(0);
    expect(statSync(input.weightsPath).size).toBe(input.table.bytes);
    expect(existsSync(`${input.weightsPath}.part`)).toBe(false);
    expect(existsSync(`${input.weightsPath}.journal`)).toBe(false);
  });

  it('goes on where it was cancelled, to the same bytes', async () => {
    const whole = await inputFor('whole.bin');
    await convert(whole);
    const input = await inputFor('weights.bin');
    await expect(convert(input, 10)).rejects.toThrow(CancelledError);
    expect(existsSync(input.weightsPath)).toBe(false);
    // The journal counts what is finished; only the rest is written.
    const journal = readFileSync(`${input.weightsPath}.journal`, 'utf8');
    expect(journal).toBe(`${input.identity}\n10\n`);
    await convert(input);
    expect(readFileSync(input.weightsPath).equals(readFileSync(whole.weightsPath))).toBe(true);
  });

  it('starts anew for another package', async () => {
    const whole = await inputFor('whole.bin');
    await convert(whole);
    const input = await inputFor('weights.bin');
    await expect(convert(input, 10)).rejects.toThrow(CancelledError);
    await convert({ ...input, identity: 'another' });
    expect(readFileSync(input.weightsPath).equals(readFileSync(whole.weightsPath))).toBe(true);
  });

  const damages: { name: string; bytes: (gguf: Buffer) => Buffer; message: RegExp }[] = [
    { name: 'cut short', bytes: (gguf) => gguf.subarray(0, gguf.length - 100), message: /it ends inside/ },
    {
      name: 'of another kind',
      bytes: () => Buffer.from('no model at all'),
      message: /it is not a GGUF file/,
    },
  ];
  it.each(damages)('of a file $name says what to do', async ({ bytes, message }) => {
    const ggufPath = join(folder, 'base.gguf');
    writeFileSync(ggufPath, bytes(readFileSync(join(toy, 'base.gguf'))));
    const pending = convert(await inputFor('weights.bin', { ggufPath }));
    await expect(pending).rejects.toThrow(message);
    await expect(pending).rejects.toThrow(/landmark model add/);
  });
});
