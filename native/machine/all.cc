// All of this room, compiled as one unit, so that headers are read once.
#include "machine/baseline.cc"
#include "machine/cpu.cc"
#include "machine/mapping.cc"
#include "machine/pages.cc"
#include "machine/pool.cc"
#include "machine/thread.cc"
