// All of this room, compiled as one unit, so that headers are read once.
#include "encoding/encode.cc"
#include "encoding/transform.cc"
