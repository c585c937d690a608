/**
 * Speed and memory beside llama.cpp: the same GGUF, the same text, the same threads, in turns in one process.
 *
 *     npm run bench:speed                               all parts, about half an hour on two cores
 *     npm run bench:speed -- --only prefill,decode      some; what is kept of the others stays
 *     npm run bench:speed -- --quick                    tiny sizes, to see that each part runs; kept under .cache
 *
 * Parts: prefill, encode, decode, firstToken, growth, memory, roofline. --threads 2, --gguf FILE and --out FOLDER choose
 * others than the usual. Each part is kept as soon as it is there, under bench/results: speed.json, speed.md, speed.svg
 * and speed-growth.svg. `npm run bench:decode` and `bench:search` measure drafts and searching by themselves.
 */

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchCache } from './questions/packages';
import { measureDecode } from './speed/decode';
import { measureEncoding } from './speed/encode';
import { measureFirstToken } from './speed/firstToken';
import { measureGrowth } from './speed/growth';
import { measureMemory, runChild, type ChildWork } from './speed/memory';
import { chosenParts, mergePart, type Measures, type PartName, type Results } from './speed/parts';
import { measurePrefill } from './speed/prefill';
import { keepResults, readResults } from './speed/report';
import { measureRoofline } from './speed/roofline';
import { openSetting, type Setting } from './speed/setting';
import { fullSizes, quickSizes } from './speed/sizes';
import { stampNow } from './speed/stamp';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      threads: { type: 'string', default: '2' },
      gguf: { type: 'string' },
      out: { type: 'string' },
      // A process of its own whose memory is measured.
      child: { type: 'string' },
    },
  });
  const { quick, gguf } = values;
  const threads = Number(values.threads);
  if (!Number.isInteger(threads) || threads < 1) throw new Error('--threads is a whole number from 1.');
  const sizes = quick ? quickSizes : fullSizes;
  if (values.child !== undefined) {
    await runChild(JSON.parse(values.child) as ChildWork, { threads, sizes, gguf });
    return;
  }
  const chosen = chosenParts(values.only);
  const folder = values.out ?? (quick ? join(benchCache, 'speed', 'quick') : join('bench', 'results'));
  const setting = await openSetting({ threads, sizes, gguf });
  for (const part of chosen) {
    console.error(`${part} …`);
    try {
      await measurePart(part, setting, folder);
      console.error(`${part}: kept in ${join(folder, 'speed.md')}`);
    } catch (error) {
      // The others are worth having without it.
      console.error(`${part} failed:`, error);
      process.exitCode = 1;
    }
  }
  await setting.host.dispose();
}

/** Reads what is kept anew: another run may have kept a part meanwhile. */
async function measurePart(part: PartName, setting: Setting, folder: string): Promise<void> {
  const stamp = stampNow(setting.model.manifest.name, setting.threads);
  const keep = <Name extends PartName>(name: Name, measured: Measures[Name]): void => {
    keepResults(folder, mergePart(readResults(folder), name, { stamp, measured }));
  };
  const measure: Record<PartName, () => Promise<void>> = {
    prefill: async () => {
      keep('prefill', await measurePrefill(setting));
    },
    encode: async () => {
      keep('encode', await measureEncoding(setting));
    },
    decode: async () => {
      keep('decode', await measureDecode(setting));
    },
    firstToken: async () => {
      keep('firstToken', await measureFirstToken(setting));
    },
    growth: async () => {
      await measureGrowth(setting, (rows) => {
        keep('growth', [...rows]);
      });
    },
    memory: async () => {
      keep('memory', await measureMemory(setting));
    },
    roofline: async () => {
      keep('roofline', await measureRoofline(setting, speedsOf(readResults(folder))));
    },
  };
  await measure[part]();
}

function speedsOf({ prefill, encode, decode }: Results): Parameters<typeof measureRoofline>[1] {
  return { prefill: prefill?.measured, encode: encode?.measured, decode: decode?.measured };
}

void main();
