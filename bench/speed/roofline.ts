/** How near prefill, encoding and decoding come to what this machine can do. */

import { join } from 'node:path';
import { prefillChunkTokens } from '../../server/model/reader';
import { listTensors, type GgufTensor } from '../../server/model/ggufFile';
import { readTensorTable } from '../../server/model/tensorTable';
import { table } from '../support';
import type { DecodeRow } from './decode';
import { rivalNames, type Encoding } from './encode';
import type { PrefillRow } from './prefill';
import { probeMachine, type Probes } from './probes/probes';
import type { Setting } from './setting';
import { costOf, placeUnder, type Cost } from './workload';

/** Bytes of the matrices that a run reads, of one rival. */
interface Weights {
  /** Of the layers that landmark keys need, of all layers, and of the vocabulary's matrix. */
  encoderBytes: number;
  layersBytes: number;
  headBytes: number;
}

export interface Roofline {
  probes: Probes;
  /** Numbers of the matrices of one layer. */
  layerNumbers: number;
  ours: Weights;
  llama: Weights;
  /** Of one token, for what the other parts measured when this part ran. */
  rows: RooflineRow[];
}

export interface RooflineRow {
  what: string;
  rival: 'ours' | 'llama.cpp';
  cost: Cost;
  tokensPerSecond: number;
}

/** Parts whose speeds are placed under the roof. */
export interface Speeds {
  prefill?: PrefillRow[] | undefined;
  encode?: Encoding | undefined;
  decode?: DecodeRow[] | undefined;
}

/** llama.cpp runs so many tokens at once, and keeps keys and values in fp16; the reader keeps them in fp32. */
const llamaPassTokens = 512;
const kvBytes = { ours: 4, llama: 2 };
const headMatrix = 'output.weight';

export async function measureRoofline(setting: Setting, speeds: Speeds): Promise<Roofline> {
  const probes = await probeMachine(setting.threads, setting.sizes.probe);
  const tensors = [...(await listTensors(setting.ggufPath)).values()];
  const ours = await ourWeights(setting);
  const llama = llamaWeights(setting, tensors);
  const layerNumbers = layerNumbersOf(tensors);
  return { probes, layerNumbers, ours, llama, rows: rowsOf(setting, { layerNumbers, ours, llama }, speeds) };
}

function rowsOf(
  { model }: Setting,
  { layerNumbers, ours, llama }: Pick<Roofline, 'layerNumbers' | 'ours' | 'llama'>,
  { prefill = [], encode, decode = [] }: Speeds,
): RooflineRow[] {
  const { shape, routing, layout } = model.manifest;
  const run = { layers: shape.layers, layerNumbers, contextTokens: 0 };
  const oursRun = { ...run, kvBytes: kvBytes.ours, weightBytes: ours.layersBytes, headBytes: ours.headBytes };
  const llamaRun = {
    ...run,
    kvBytes: kvBytes.llama,
    weightBytes: llama.layersBytes,
    headBytes: llama.headBytes,
  };
  const rows: RooflineRow[] = [];
  const add = (what: string, rival: RooflineRow['rival'], cost: Cost, tokensPerSecond: number): void => {
    rows.push({ what, rival, cost, tokensPerSecond });
  };
  for (const { tokens, oursMs, llamaMs } of prefill) {
    const what = `prefill of ${tokens}`;
    const whole = { tokens, choices: 1 };
    const ourCost = costOf(shape, { ...oursRun, ...whole, tokensPerPass: prefillChunkTokens });
    const llamaCost = costOf(shape, { ...llamaRun, ...whole, tokensPerPass: llamaPassTokens });
    add(what, 'ours', ourCost, (tokens / oursMs.median) * 1000);
    add(what, 'llama.cpp', llamaCost, (tokens / llamaMs.median) * 1000);
  }
  const encoded = encode?.speeds.find(({ name }) => name === rivalNames.keys);
  if (encode && encoded) {
    const tokens = Math.min(layout.windowTokens, encode.tokens / encode.windows);
    const window = { tokens, tokensPerPass: layout.windowTokens, choices: 0 };
    const layers = 1 + Math.max(...routing.layers);
    const cost = costOf(shape, { ...oursRun, ...window, layers, weightBytes: ours.encoderBytes });
    add('landmark keys', 'ours', cost, encoded.tokensPerSecond);
  }
  for (const { contextTokens, plain, llama: theirs } of decode) {
    const one = { tokens: 1, tokensPerPass: 1, choices: 1, contextTokens };
    const what = `decode after ${contextTokens}`;
    add(what, 'ours', costOf(shape, { ...oursRun, ...one }), plain.median);
    add(what, 'llama.cpp', costOf(shape, { ...llamaRun, ...one }), theirs.median);
  }
  return rows;
}

/** By the table of the weights file that CPUs use. */
async function ourWeights({ model }: Setting): Promise<Weights> {
  const { folder, manifest } = model;
  const { tensors } = await readTensorTable(join(folder, manifest.graphs.int8.tensors.file));
  const ofBase = tensors.filter(({ source }) => source === 'gguf');
  return sumWeights(
    ofBase.map(({ tensor, bytes }) => ({ name: tensor, bytes })),
    manifest.routing.layers,
  );
}

function llamaWeights({ model }: Setting, tensors: readonly GgufTensor[]): Weights {
  return sumWeights(
    tensors.map(({ name, rows, rowBytes }) => ({ name, bytes: rows * rowBytes })),
    model.manifest.routing.layers,
  );
}

/** GGUF names: `blk.N.*` are the layers; without an `output.weight` the embeddings are the vocabulary's matrix. */
function sumWeights(
  tensors: readonly { name: string; bytes: number }[],
  routingLayers: readonly number[],
): Weights {
  const ownHead = tensors.some(({ name }) => name === headMatrix);
  const head = ownHead ? headMatrix : 'token_embd.weight';
  const lastLayer = Math.max(...routingLayers);
  const sum = (isMeant: (name: string) => boolean): number =>
    tensors.filter(({ name }) => isMeant(name)).reduce((all, { bytes }) => all + bytes, 0);
  return {
    encoderBytes: sum((name) => layerOf(name) <= lastLayer),
    layersBytes: sum((name) => !Number.isNaN(layerOf(name))),
    headBytes: sum((name) => name === head),
  };
}

/** Numbers of the matrices of one layer; vectors are no products. */
function layerNumbersOf(tensors: readonly GgufTensor[]): number {
  const matrices = tensors.filter(({ name, rows }) => layerOf(name) === 0 && rows > 1);
  return matrices.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
}

function layerOf(name: string): number {
  return Number(/^blk\.(\d+)\./.exec(name)?.[1] ?? NaN);
}

export function rooflineLines({ probes, rows }: Roofline): string[] {
  const giga = (value: number): string => (value / 1e9).toFixed(1);
  const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
  return [
    `With ${probes.threads} threads of onnxruntime: ${giga(probes.fp32OperationsPerSecond)} billion operations a second in fp32, ` +
      `${giga(probes.int8OperationsPerSecond)} in int8, ${giga(probes.bytesPerSecond)} GB/s read from memory ` +
      '(bench/speed/probes). A share is the least time that a token needs by the probe over the time it took: weights by ' +
      'int8, attention by fp32, or all bytes by memory. Operations are counted by the shape of the base ' +
      '(bench/speed/workload.ts); the larger share is the limit.',
    '',
    ...table(
      [
        'what',
        'rival',
        'operations a token',
        'bytes a token',
        'tokens/s',
        'of arithmetic',
        'of memory',
        'limit',
      ],
      rows.map(({ what, rival, cost, tokensPerSecond }) => {
        const { arithmeticShare, memoryShare, limit } = placeUnder(probes, cost, tokensPerSecond);
        return [
          what,
          rival,
          `${giga(cost.weightOperations + cost.attentionOperations)} G`,
          `${(cost.bytes / 1e6).toFixed(1)} MB`,
          tokensPerSecond.toFixed(1),
          percent(arithmeticShare),
          percent(memoryShare),
          limit,
        ];
      }),
    ),
  ];
}
