import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { featuresOf, machineKey } from '../../server/model/machineKey';
import { timeForms } from '../../server/model/native/formProbe';
import { fasterForm, knownForm, measuredForm } from '../../server/model/productForm';
import type { FormTimes } from '../../server/model/runtime';

const blocksFaster: FormTimes = { int8: 30, blocks: 20 };
const int8Faster: FormTimes = { int8: 20, blocks: 30 };

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'landmark-form-'));
  path = join(folder, 'machine.json');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A machine of which each trial finds the next of these times. */
function machine(...found: FormTimes[]): {
  measure: (threads: number) => Promise<FormTimes>;
  asked: number[];
} {
  const asked: number[] = [];
  const measure = (threads: number): Promise<FormTimes> => {
    const times = found[asked.length];
    asked.push(threads);
    return times ? Promise.resolve(times) : Promise.reject(new Error('measured once too often'));
  };
  return { measure, asked };
}

function stored(): Record<string, unknown> {
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
}

describe('the faster form', () => {
  it.each([
    { int8: 10, blocks: 20, form: 'int8' },
    { int8: 10, blocks: 10, form: 'int8' },
    { int8: 10.9, blocks: 10, form: 'int8' },
    { int8: 11.1, blocks: 10, form: 'blocks' },
    { int8: 20, blocks: 10, form: 'blocks' },
  ])('of $int8 ms in int8 and $blocks ms in blocks is $form', ({ form, ...ms }) => {
    expect(fasterForm(ms)).toBe(form);
  });
});

describe('the form of this machine', () => {
  it('is int8 as long as nothing was measured', async () => {
    expect(await knownForm(folder)).toBe('int8');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is measured once and kept with both times', async () => {
    const { measure, asked } = machine(blocksFaster);
    expect(await measuredForm(folder, 3, measure)).toBe('blocks');
    expect(await measuredForm(folder, 3, measure)).toBe('blocks');
    expect(await knownForm(folder)).toBe('blocks');
    expect(asked).toEqual([3]);
    expect(stored()).toEqual({
      format: 1,
      machine: await machineKey(),
      threads: 3,
      form: 'blocks',
      ms: blocksFaster,
    });
    expect(readdirSync(folder)).toEqual(['machine.json']);
  });

  it('is measured anew with another number of threads; until then what is known holds', async () => {
    const { measure, asked } = machine(blocksFaster, int8Faster);
    await measuredForm(folder, 1, measure);
    expect(await knownForm(folder)).toBe('blocks');
    expect(await measuredForm(folder, 2, measure)).toBe('int8');
    expect(asked).toEqual([1, 2]);
  });

  it.each([
    ['of another machine', { machine: 'onnxruntime 1.0.0, another processor' }],
    ['of another format', { format: 0 }],
    ['with a form that is none', { form: 'bits' }],
  ])('is measured anew where what is kept is %s', async (_, change) => {
    const { measure, asked } = machine(blocksFaster, blocksFaster);
    await measuredForm(folder, 1, measure);
    writeFileSync(path, JSON.stringify({ ...stored(), ...change }));
    expect(await knownForm(folder)).toBe('int8');
    expect(await measuredForm(folder, 1, measure)).toBe('blocks');
    expect(asked).toEqual([1, 1]);
    expect(await knownForm(folder)).toBe('blocks');
  });

  it.each(['', 'null', '{"format":1,"mach', '[]'])(
    'is measured anew where the file holds %j',
    async (text) => {
      writeFileSync(path, text);
      const { measure, asked } = machine(blocksFaster);
      expect(await knownForm(folder)).toBe('int8');
      expect(await measuredForm(folder, 1, measure)).toBe('blocks');
      expect(asked).toHaveLength(1);
      expect(await knownForm(folder)).toBe('blocks');
    },
  );

  it('is used where it cannot be kept', async () => {
    // A file stands where the folder would be.
    writeFileSync(path, '');
    expect(await measuredForm(path, 1, machine(blocksFaster).measure)).toBe('blocks');
    expect(readdirSync(folder)).toEqual(['machine.json']);
  });

  it('is int8 where it cannot be measured, and is tried again', async () => {
    expect(await measuredForm(folder, 1, machine().measure)).toBe('int8');
    expect(readdirSync(folder)).toEqual([]);
    expect(await measuredForm(folder, 1, machine(blocksFaster).measure)).toBe('blocks');
  });
});

describe('a trial', () => {
  it('times the product in both forms and leaves no files', async () => {
    const { int8, blocks } = await timeForms(1, folder);
    for (const ms of [int8, blocks]) {
      expect(ms).toBeGreaterThan(0);
      expect(ms).toBeLessThan(10_000);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves no files where it fails either', async () => {
    await expect(timeForms(1, join(folder, 'absent'))).rejects.toThrow(/ENOENT/);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("a processor's features", () => {
  const flags = (names: string): string => `model name\t: X\nflags\t\t: ${names}\n\nflags\t\t: other\n`;

  it('are told apart, on x86 and on Arm', () => {
    expect(featuresOf(flags('avx2 avx_vnni'))).toEqual(featuresOf(flags('avx2 avx_vnni')));
    expect(featuresOf(flags('avx2 avx_vnni'))).not.toEqual(featuresOf(flags('avx2')));
    expect(featuresOf('Features\t: asimd asimddp\n')).toHaveLength(1);
    expect(featuresOf('')).toEqual([]);
  });

  it('are part of the key, with the version of the runtime', async () => {
    expect(await machineKey()).toMatch(/^onnxruntime \d+\.\d+\.\d+, \w+, \w+, /);
    expect(await machineKey()).toBe(await machineKey());
  });
});
