// What this CPU and operating system can run.
#pragma once
#include <string>
#include <vector>

namespace kindred {

bool cpu_runs_avx2();
bool cpu_runs_avx512();

// Names, as compilers spell them, of the vector extensions found: those that kernels use or may come to use.
std::vector<std::string> cpu_features();

}  // namespace kindred
