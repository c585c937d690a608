import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { env } from 'onnxruntime-node';

/** Digits of the hash of a processor's features: enough to tell processors of one name apart. */
const featureDigits = 16;

/**
 * What the runtime's choice of kernels depends on: its version, and the processor with its features. What was measured or
 * prepared on a machine holds as long as this is the same. Threads are a setting, and are no part of it.
 */
export async function machineKey(): Promise<string> {
  const runtime = env.versions.node ?? env.versions.common;
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor';
  const features = featuresOf(await processorText());
  return [`onnxruntime ${runtime}`, process.platform, process.arch, processor, ...features].join(', ');
}

/**
 * A machine in a cloud may move to a processor of the same name with other features.
 *
 * @param text as of Linux's /proc/cpuinfo: `flags` on x86, `Features` on Arm
 * @returns a hash of the first processor's features; nothing where none are told
 */
export function featuresOf(text: string): string[] {
  const features = /^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1];
  return features === undefined
    ? []
    : [createHash('sha256').update(features.trim()).digest('hex').slice(0, featureDigits)];
}

async function processorText(): Promise<string> {
  if (process.platform !== 'linux') return '';
  return readFile('/proc/cpuinfo', 'utf8').catch(() => '');
}
