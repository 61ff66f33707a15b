#pragma once

__device__ inline float helper(const float* data, int i, int n) {
  float sum = 0.0f;
  for (int k = 0; k < 8; ++k) {
    sum += data[(i + k * 4096) % n];
  }
  return sum;
}
