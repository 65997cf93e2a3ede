// The levels compiled into this addon, and whether each can run here.
#pragma once
#include <string>
#include <vector>

#include "isa/generic/als.h"
#include "search/costs.h"
#include "isa/generic/embedding.h"
#include "isa/generic/filter.h"
#include "isa/generic/kernels.h"
#include "isa/generic/linear.h"

namespace kindred {

struct Level {
  const char* name;
  const Kernels* kernels;
  const Filter* filter;  // null where no filter pays
  const Costs* costs;
  const EmbeddingKernels* embedding;
  const AlsKernels* als;
  const LinearKernels* linear;
  // Empty if it can run here.
  std::string obstacle;
};

// Best first.
const std::vector<Level>& levels();

}  // namespace kindred
