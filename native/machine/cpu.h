// What this CPU and operating system can run.
#pragma once
#include <string>
#include <vector>

namespace kindred {

bool cpu_runs_avx2();
bool cpu_runs_avx2_vnni();
bool cpu_runs_avx512();
bool cpu_runs_avx512_vnni();
bool cpu_runs_neon_dotprod();
bool cpu_runs_neon_i8mm();
// Empty if AMX can be used here. Asks the operating system for it, which a process has to do once.
std::string cpu_obstacle_to_amx();

// Names, as compilers spell them, of the vector extensions found: those that kernels use or may come to use.
std::vector<std::string> cpu_features();

}  // namespace kindred
