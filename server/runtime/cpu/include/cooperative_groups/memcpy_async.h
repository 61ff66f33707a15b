// Stands in for CUDA's header of this name: everything is in cooperative_groups.h.
#pragma once
#include "../cooperative_groups.h"
