// What this CPU and operating system can run.
#pragma once

namespace kindred {

bool cpu_runs_avx2();
bool cpu_runs_avx512();

}  // namespace kindred
