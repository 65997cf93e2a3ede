// The levels compiled into this addon, and whether each can run here.
#pragma once
#include <string>
#include <vector>

#include "isa/generic/filter/filter.h"
#include "isa/generic/kernels.h"

namespace kindred {

struct Costs;

struct Level {
  const char* name;
  const Kernels* kernels;
  const Filter* filter;  // null where no filter pays
  const Costs* costs;
  // Empty if it can run here.
  std::string obstacle;
};

// Best first.
const std::vector<Level>& levels();

}  // namespace kindred
