// The levels compiled into this addon, and whether each can run here.
#pragma once
#include <string>
#include <vector>

#include "filter.h"
#include "kernels.h"

namespace kindred {

struct Level {
  const char* name;
  const Kernels* kernels;
  const Filter* filter;  // null where no filter pays
  // Empty if it can run here.
  std::string obstacle;
};

// Best first.
const std::vector<Level>& levels();

}  // namespace kindred
