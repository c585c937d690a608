import { messageOf } from '../manifest';
import { firstLine } from '../sessions';

/**
 * How ONNX Runtime and the libraries below it say that a device has no memory left. They give no code, so these are
 * parts of their messages; each stands in the unit test in a whole message.
 */
const outOfMemoryMessages: readonly RegExp[] = [
  // The arena, which grows by what the device gives it, in onnxruntime/core/framework/bfc_arena.cc.
  /failed to allocate memory/i,
  /is smaller than requested bytes/i,
  /failed to find a free memory block/i,
  // CUDA error 2, cudaErrorMemoryAllocation, as "CUDA failure 2: out of memory". Not 200 and above.
  /\bcuda (?:failure|error) 2\b/i,
  /\bcudaErrorMemoryAllocation\b/,
  /\bout of memory\b/i,
  /\bCUBLAS_STATUS_ALLOC_FAILED\b/,
  /\bCUDNN_STATUS_(?:ALLOC_FAILED|INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED)\b/,
];

/** Whether a run would perhaps have succeeded if it had taken less of the device's memory. */
export function isOutOfMemory(error: unknown): boolean {
  const message = messageOf(error);
  return outOfMemoryMessages.some((pattern) => pattern.test(message));
}

/** What the user is told where CUDA is given up in the middle of work: from then on everything is slower. */
export function fallBackNote(error: unknown): string {
  const why = isOutOfMemory(error) ? 'ran out of memory' : `failed (${firstLine(messageOf(error))})`;
  return `CUDA ${why}; running on the CPU.`;
}
