// Stands in for libcuda.so.1 and libnvidia-ml.so.1 where no GPU is: lists devices as drivers do, with what nvidia-smi said
// of an idle H100, and of two others that no machine of the tests has. Nothing can be run on them.
// KERNEL_LENS_STAND_IN names them in the driver's order: `h100,busy,mig`.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

struct Gpu {
  const char *key;
  const char *name;
  const char *uuid;  // As NVML knows it.
  int major, minor, multiprocessors, clockKhz, memoryClockKhz, busBits;
  uint64_t memory, free;
  int utilization, temperature, milliwatts, processes, computeMode, migMode;
};

// migMode -1: the device is a part, of which NVML tells no rates, and whose GPU is the next entry.
const Gpu known[] = {
    {"h100", "NVIDIA H100 80GB HBM3", "GPU-768e4135-6bda-2135-412b-6d19cc8af0c4", 9, 0, 132, 1980000, 2619000, 5120,
     85520809984, 85017493504, 0, 45, 72950, 0, 0, 0},
    {"busy", "NVIDIA RTX A6000", "GPU-1a11c0de-0000-4000-8000-00000000beef", 8, 6, 84, 1800000, 8001000, 384, 51041271808,
     3221225472, 97, 81, 298000, 2, 0, 0},
    {"mig", "NVIDIA A100-SXM4-40GB MIG 1g.5gb", "MIG-7ed51642-1111-5222-8333-444444444444", 8, 0, 14, 1410000, 1215000,
     640, 5100273664, 5087690752, -1, -1, -1, 0, 0, -1},
    {"parent", "NVIDIA A100-SXM4-40GB", "GPU-aaaaaaaa-1111-5222-8333-444444444444", 8, 0, 108, 1410000, 1215000, 5120,
     42505273344, 42492690432, 50, 40, 60000, 1, 0, 1},
};

std::vector<const Gpu *> listed() {
  std::vector<const Gpu *> gpus;
  const char *text = getenv("KERNEL_LENS_STAND_IN");
  std::string names = text == nullptr ? "" : text;
  for (size_t at = 0; at < names.size();) {
    size_t end = names.find(',', at);
    if (end == std::string::npos) end = names.size();
    for (const Gpu &gpu : known)
      if (names.substr(at, end - at) == gpu.key) gpus.push_back(&gpu);
    at = end + 1;
  }
  return gpus;
}

}  // namespace

#define API extern "C" __attribute__((visibility("default"))) int

API cuInit(unsigned) { return listed().empty() ? 100 : 0; }
API cuDriverGetVersion(int *version) { return *version = 13000, 0; }
API cuGetErrorName(int code, const char **name) {
  *name = code == 100 ? "CUDA_ERROR_NO_DEVICE" : code == 801 ? "CUDA_ERROR_NOT_SUPPORTED" : "CUDA_ERROR_UNKNOWN";
  return 0;
}
API cuDeviceGetCount(int *count) { return *count = static_cast<int>(listed().size()), 0; }
API cuDeviceGet(int *device, int index) { return *device = index, 0; }
API cuDeviceGetName(char *name, int length, int device) { return snprintf(name, length, "%s", listed()[device]->name), 0; }
API cuDeviceTotalMem_v2(size_t *bytes, int device) { return *bytes = listed()[device]->memory, 0; }
API cuDeviceGetUuid_v2(unsigned char *uuid, int device) {
  int at = 0;
  for (const char *c = listed()[device]->uuid + 4; *c != 0; c++) {
    if (*c == '-') continue;
    unsigned byte = 0;
    sscanf(c++, "%2x", &byte);
    uuid[at++] = static_cast<unsigned char>(byte);
  }
  return 0;
}
API cuDeviceGetAttribute(int *value, int attribute, int device) {
  const Gpu &gpu = *listed()[device];
  switch (attribute) {
    case 13: return *value = gpu.clockKhz, 0;
    case 16: return *value = gpu.multiprocessors, 0;
    case 36: return *value = gpu.memoryClockKhz, 0;
    case 37: return *value = gpu.busBits, 0;
    case 75: return *value = gpu.major, 0;
    case 76: return *value = gpu.minor, 0;
    default: return 1;
  }
}

#define NOT_HERE(name) \
  API name() { return 801; }
NOT_HERE(cuDevicePrimaryCtxRetain)
NOT_HERE(cuCtxSetCurrent)
NOT_HERE(cuCtxSynchronize)
NOT_HERE(cuDevicePrimaryCtxRelease_v2)
NOT_HERE(cuProfilerStart)
NOT_HERE(cuProfilerStop)
NOT_HERE(cuModuleLoadData)
NOT_HERE(cuModuleLoadDataEx)
NOT_HERE(cuModuleUnload)
NOT_HERE(cuModuleGetFunction)
NOT_HERE(cuModuleGetGlobal_v2)
NOT_HERE(cuFuncGetAttribute)
NOT_HERE(cuFuncSetAttribute)
NOT_HERE(cuOccupancyMaxActiveBlocksPerMultiprocessor)
NOT_HERE(cuMemGetInfo_v2)
NOT_HERE(cuMemAlloc_v2)
NOT_HERE(cuMemFree_v2)
NOT_HERE(cuMemcpyHtoD_v2)
NOT_HERE(cuMemcpyDtoH_v2)
NOT_HERE(cuMemcpyDtoDAsync_v2)
NOT_HERE(cuMemsetD8Async)
NOT_HERE(cuStreamCreate)
NOT_HERE(cuEventCreate)
NOT_HERE(cuEventDestroy_v2)
NOT_HERE(cuEventRecord)
NOT_HERE(cuEventQuery)
NOT_HERE(cuEventElapsedTime)
NOT_HERE(cuLaunchCooperativeKernel)
NOT_HERE(cuLaunchKernel)

// nvml.h
API nvmlInit_v2() { return 0; }
API nvmlDeviceGetHandleByUUID(const char *uuid, const Gpu **device) {
  for (const Gpu &gpu : known)
    if (strcmp(gpu.uuid, uuid) == 0) return *device = &gpu, 0;
  return 6;
}
API nvmlDeviceGetDeviceHandleFromMigDeviceHandle(const Gpu *device, const Gpu **parent) { return *parent = device + 1, 0; }
API nvmlDeviceGetMemoryInfo(const Gpu *device, uint64_t *totalFreeUsed) {
  totalFreeUsed[0] = device->memory;
  totalFreeUsed[1] = device->free;
  totalFreeUsed[2] = device->memory - device->free;
  return 0;
}
API nvmlDeviceGetUtilizationRates(const Gpu *device, unsigned *gpuMemory) {
  if (device->utilization < 0) return 3;
  gpuMemory[0] = device->utilization;
  gpuMemory[1] = 11;
  return 0;
}
API nvmlDeviceGetTemperature(const Gpu *device, int, unsigned *value) { return *value = device->temperature, 0; }
API nvmlDeviceGetPowerUsage(const Gpu *device, unsigned *value) { return *value = device->milliwatts, 0; }
API nvmlDeviceGetMaxClockInfo(const Gpu *device, int which, unsigned *value) {
  return *value = (which == 1 ? device->clockKhz : device->memoryClockKhz) / 1000, 0;
}
API nvmlDeviceGetComputeMode(const Gpu *device, int *mode) { return *mode = device->computeMode, 0; }
API nvmlDeviceGetMigMode(const Gpu *device, unsigned *current, unsigned *pending) {
  if (device->migMode < 0) return 3;
  return *current = *pending = device->migMode, 0;
}
API nvmlDeviceGetComputeRunningProcesses_v3(const Gpu *device, unsigned *count, void *) {
  *count = device->processes;
  return device->processes > 0 ? 7 : 0;
}
