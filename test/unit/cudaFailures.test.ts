import { describe, expect, test } from 'vitest';
import { fallBackNote, isOutOfMemory } from '../../server/model/native/cudaFailures';
import { kernelFailure, memoryFailure } from './support/failingCuda';

describe('a message of want of memory', () => {
  test.each([
    memoryFailure,
    'Available memory of 1024 is smaller than requested bytes of 9961472',
    'Failed to find a free memory block despite calling Extend. rounded_bytes=4096',
    'CUDA failure 2: out of memory ; GPU=0 ; hostname=here ; file=cuda_allocator.cc ; expr=cudaMalloc(&p, size);',
    'CUDA error 2 at allocation',
    'CUDA error cudaErrorMemoryAllocation:out of memory',
    'CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0 ; expr=cublasCreate(&cublas_handle_);',
    'CUDNN failure 4: CUDNN_STATUS_ALLOC_FAILED ; GPU=0',
    'CUDNN failure 5003: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED ; GPU=0',
  ])('is known: %s', (message) => {
    expect(isOutOfMemory(new Error(message))).toBe(true);
  });

  test.each([
    kernelFailure,
    'CUDA failure 700: an illegal memory access was encountered ; GPU=0 ; expr=cudaStreamSynchronize(stream);',
    'CUDA failure 999: unknown error ; GPU=0',
    'CUDA failure 200: device kernel image is invalid',
    'CUBLAS failure 13: CUBLAS_STATUS_EXECUTION_FAILED ; GPU=0',
    'Non-zero status code returned while running Reshape node. Status Message: The input tensor cannot be reshaped',
  ])('is not taken for one: %s', (message) => {
    expect(isOutOfMemory(new Error(message))).toBe(false);
  });
});

test('a note of a failure has its first line', () => {
  expect(fallBackNote(new Error('CUDA failure 999: unknown error\n  at somewhere'))).toBe(
    'CUDA failed (CUDA failure 999: unknown error); running on the CPU.',
  );
  expect(fallBackNote(new Error(memoryFailure))).toBe('CUDA ran out of memory; running on the CPU.');
});
