import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** ONNX Runtime's folder of native libraries: bin/napi-v6/<platform>/<architecture> of its package. */
const nativeFolder = join('bin', 'napi-v6', process.platform, process.arch);

/**
 * Whether the CUDA provider's library is installed beside the CPU one. Asking the runtime would do too, but it
 * prints an error of its own where the library is missing. Says nothing of drivers or devices.
 */
export function hasCudaLibrary(): boolean {
  const name =
    process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
  try {
    const entry = createRequire(join(__dirname, 'server.js')).resolve('onnxruntime-node');
    return existsSync(join(dirname(dirname(entry)), nativeFolder, name));
  } catch {
    return false;
  }
}
