// The levels compiled into this addon, and whether each can run here.
#pragma once
#include <string>
#include <vector>

#include "kernels.h"

namespace kindred {

struct Level {
  const Kernels* kernels;
  // Empty if it can run here.
  std::string obstacle;
};

// Best first.
const std::vector<Level>& levels();

}  // namespace kindred
