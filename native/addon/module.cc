// The addon's door: which levels there are, and the functions of one of them.
#include "addon/arguments.h"

#include "isa/levels.h"
#include "machine/cpu.h"

namespace kindred {

namespace {

// [{ level, obstacle }], best first; an empty obstacle means that it can run here.
Napi::Value list_levels(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array list = Napi::Array::New(env);
  for (const Level& level : levels()) {
    Napi::Object entry = Napi::Object::New(env);
    entry["level"] = level.name;
    entry["obstacle"] = level.obstacle;
    list[list.Length()] = entry;
  }
  return list;
}

// features(): names of the CPU's vector extensions.
Napi::Value list_features(const Napi::CallbackInfo& info) {
  Napi::Array list = Napi::Array::New(info.Env());
  for (const std::string& name : cpu_features()) list[list.Length()] = name;
  return list;
}

// cores(): threads that a search uses if nobody says.
Napi::Value count_cores(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(pool_of(info.Env()).cores()));
}

// open(level): the functions of a level that can run here.
Napi::Value open_level(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string name = info[0].ToString();
  for (const Level& level : levels()) {
    if (name != level.name) continue;
    if (!level.obstacle.empty()) refuse(env, level.obstacle);
    Napi::Object functions = Napi::Object::New(env);
    add_kernels(env, functions, &level);
    add_sparse(env, functions);
    add_linear(env, functions, &level.kernels->linear);
    add_training(env, functions, level.kernels);
    return functions;
  }
  refuse(env, "this build has no level " + name);
}

Napi::Object start(Napi::Env env, Napi::Object exports) {
  auto* data = new AddonData;
  env.SetInstanceData(data);
  data->corpus_class = Napi::Persistent(define_corpus_class(env));
  data->frozen_rows_class = Napi::Persistent(define_frozen_rows_class(env));
  exports["version"] = KINDRED_VERSION;
  exports["levels"] = Napi::Function::New<list_levels>(env, "levels");
  exports["features"] = Napi::Function::New<list_features>(env, "features");
  exports["cores"] = Napi::Function::New<count_cores>(env, "cores");
  exports["open"] = Napi::Function::New<open_level>(env, "open");
  return exports;
}

}  // namespace

}  // namespace kindred

static Napi::Object init_kindred(Napi::Env env, Napi::Object exports) { return kindred::start(env, exports); }

NODE_API_MODULE(kindred, init_kindred)
