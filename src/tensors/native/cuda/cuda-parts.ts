/** A wheel of NVIDIA's with libraries of CUDA 12, and what of it TensorFlow opens. */
export interface CudaPart {
  /** Project in the package index. */
  readonly project: string
  /** Releases to take when TensorFlow's own metadata does not name them. */
  readonly versions: string
  /** Folder under `nvidia/` in the wheel. */
  readonly folder: string
  /** Names a program asks the dynamic loader for, in an order in which each finds the earlier ones loaded. */
  readonly sonames: readonly string[]
  /** Members that travel, besides licences. */
  readonly members: RegExp
}

function library(project: string, folder: string, versions: string, sonames: readonly string[]): CudaPart {
  return { project, folder, versions, sonames, members: /^nvidia\/[^/]+\/lib\/lib[^/]*\.so\.\d+$/ }
}

/**
 * All that TensorFlow wants of CUDA besides the driver: it refuses every card unless each of these libraries loads, though a
 * language model computes with cuBLAS alone. nvJitLink is what cuSPARSE and cuSOLVER load.
 */
export const cudaParts: readonly CudaPart[] = [
  library('nvidia-cuda-runtime-cu12', 'cuda_runtime', '<13,>=12.5', ['libcudart.so.12']),
  library('nvidia-nvjitlink-cu12', 'nvjitlink', '<13,>=12.5', ['libnvJitLink.so.12']),
  library('nvidia-cublas-cu12', 'cublas', '<13,>=12.5', ['libcublasLt.so.12', 'libcublas.so.12']),
  library('nvidia-cufft-cu12', 'cufft', '<12,>=11.2', ['libcufft.so.11']),
  library('nvidia-cusparse-cu12', 'cusparse', '<13,>=12.5', ['libcusparse.so.12']),
  library('nvidia-cusolver-cu12', 'cusolver', '<12,>=11.6', ['libcusolver.so.11']),
  library('nvidia-cudnn-cu12', 'cudnn', '<10,>=9.3', ['libcudnn.so.9']),
]

/** Some element-wise kernels are compiled at their first call, with this assembler and device library. */
export const cudaCompiler: CudaPart = {
  project: 'nvidia-cuda-nvcc-cu12',
  versions: '<13,>=12.5',
  folder: 'cuda_nvcc',
  sonames: [],
  members: /^nvidia\/cuda_nvcc\/(bin\/ptxas|nvvm\/libdevice\/.*\.bc)$/,
}

/** A driver from this version on runs CUDA 12. @see https://docs.nvidia.com/deploy/cuda-compatibility/ */
export const minimumDriver = '525.60.13'
