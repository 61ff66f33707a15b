// The driver API's basic types. Its functions need a GPU.
#pragma once
#include "cuda_runtime.h"

typedef int CUdevice;
typedef unsigned long long CUdeviceptr;
typedef cudaStream_t CUstream;
typedef cudaEvent_t CUevent;
typedef cudaError_t CUresult;
#define CUDA_SUCCESS cudaSuccess
inline CUresult cuInit(unsigned int) { return CUDA_SUCCESS; }
