// An object of JavaScript's as a record: members read by their names, each checked. What is wrong is refused by name.
#pragma once
#include "addon/arguments.h"

namespace kindred {

class Record {
 public:
  Record(const Napi::Value& value, const char* what) : object_(checked(value, what)) {}

  Napi::Env env() const { return object_.Env(); }
  Napi::Value get(const char* name) const { return object_.Get(name); }
  bool has(const char* name) const { return !get(name).IsUndefined(); }

  Napi::Float32Array float32(const char* name) const { return float32_array(get(name), name); }
  Napi::Float64Array float64(const char* name) const { return float64_array(get(name), name); }
  Napi::Uint32Array uint32(const char* name) const { return uint32_array(get(name), name); }
  Napi::Uint8Array uint8(const char* name) const { return uint8_array(get(name), name); }

  size_t size(const char* name) const { return size_of(get(name), name); }
  // What uint32 can number.
  size_t extent(const char* name) const {
    const size_t extent = size(name);
    if (extent > UINT32_MAX) refuse(env(), std::string(name) + " is more than 32 bits can number");
    return extent;
  }
  double number(const char* name) const { return get(name).As<Napi::Number>(); }
  bool flag(const char* name) const { return get(name).ToBoolean(); }

 private:
  static Napi::Object checked(const Napi::Value& value, const char* what) {
    if (!value.IsObject()) refuse(value.Env(), std::string(what) + " is no object");
    return value.As<Napi::Object>();
  }

  const Napi::Object object_;
};

}  // namespace kindred
