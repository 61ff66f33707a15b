// Stands in for CUDA's header of this name: everything is in cuda_runtime.h.
#pragma once
#include "cuda_runtime.h"
