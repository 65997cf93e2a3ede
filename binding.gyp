# One static library per instruction set, each with its own flags; everything else keeps the baseline.
# Never -march=native, never LTO: both would let code for one CPU leak into what every CPU runs.
{
  "target_defaults": {
    "include_dirs": ["native"],
    "cflags!": ["-fno-exceptions"],
    "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17"],
    "cflags": ["-O3", "-ffp-contract=off", "-fvisibility=hidden", "-fPIC", "-Wall", "-Wextra", "-Wno-unused-parameter"],
    "cflags_cc": ["-std=c++17", "-fvisibility-inlines-hidden"],
    "xcode_settings": {
      "GCC_OPTIMIZATION_LEVEL": "3",
      "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
      "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
      "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
      "OTHER_CFLAGS": ["-ffp-contract=off"]
    },
    "msvs_settings": {
      "VCCLCompilerTool": { "ExceptionHandling": 1, "Optimization": 2, "AdditionalOptions": ["/std:c++17", "/fp:precise"] }
    }
  },
  "targets": [
    {
      "target_name": "kindred",
      "dependencies": ["isa_scalar"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      # A worker thread may be ended while a search of its own is under way: its answer then goes nowhere, which is no
      # reason to abort the process.
      "defines": [
        "NAPI_VERSION=8",
        "NODE_ADDON_API_DISABLE_DEPRECATED",
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"
      ],
      "sources": [
        "native/addon/module.cc",
        "native/addon/bind_als.cc",
        "native/addon/bind_corpus.cc",
        "native/addon/bind_embedding.cc",
        "native/addon/bind_graph.cc",
        "native/addon/bind_kernels.cc",
        "native/addon/bind_linear.cc",
        "native/addon/bind_search.cc",
        "native/addon/bind_sparse.cc",
        "native/training/als.cc",
        "native/search/certified.cc",
        "native/search/passes/code_columns.cc",
        "native/search/passes/code_pass.cc",
        "native/rows/corpus.cc",
        "native/machine/cpu.cc",
        "native/encoding/encode.cc",
        "native/encoding/encoded_rows.cc",
        "native/search/passes/float_pass.cc",
        "native/search/graph.cc",
        "native/search/passes/half_code_pass.cc",
        "native/isa/levels.cc",
        "native/linear/inverse.cc",
        "native/linear/dense_topk.cc",
        "native/machine/mapping.cc",
        "native/matrix/matrix.cc",
        "native/machine/pages.cc",
        "native/search/passes/plane_pass.cc",
        "native/search/passes/plane_queries.cc",
        "native/machine/pool.cc",
        "native/order/score.cc",
        "native/search/search.cc",
        "native/sparse/corated.cc",
        "native/sparse/full.cc",
        "native/sparse/neighbors.cc",
        "native/sparse/sparse_topk.cc",
        "native/encoding/transform.cc"
      ],
      "conditions": [
        ["target_arch=='x64'", { "dependencies": ["isa_avx2", "isa_avx2_vnni", "isa_avx512", "isa_avx512_vnni"] }],
        ["target_arch=='x64' and OS=='linux'", { "dependencies": ["isa_amx"], "defines": ["KINDRED_AMX"] }],
        ["target_arch=='arm64'", { "dependencies": ["isa_neon", "isa_neon_dotprod", "isa_neon_i8mm"] }]
      ]
    },
    {
      # What the benchmarks measure the machine with: never part of the package.
      "target_name": "limits",
      "dependencies": ["limits_scalar"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_DISABLE_DEPRECATED"],
      "sources": ["bench/native/limits.cc", "native/machine/cpu.cc", "native/machine/pages.cc"],
      "conditions": [
        ["target_arch=='x64'", {
          "dependencies": ["limits_avx2", "limits_avx2_vnni", "limits_avx512", "limits_avx512_vnni"]
        }],
        ["target_arch=='x64' and OS=='linux'", { "dependencies": ["limits_amx"], "defines": ["KINDRED_AMX"] }],
        ["target_arch=='arm64'", { "dependencies": ["limits_neon", "limits_neon_dotprod"] }]
      ]
    },
    {
      "target_name": "limits_scalar",
      "type": "static_library",
      "sources": ["bench/native/scalar.cc"]
    },
    {
      "target_name": "isa_scalar",
      "type": "static_library",
      "sources": ["native/isa/scalar/canonical.cc", "native/isa/scalar/als.cc", "native/isa/scalar/embedding.cc", "native/isa/scalar/linear.cc"]
    }
  ],
  "conditions": [
    ["target_arch=='x64'", {
      "targets": [
        {
          "target_name": "isa_avx2",
          "type": "static_library",
          "sources": ["native/isa/avx2/canonical.cc", "native/isa/avx2/als.cc", "native/isa/avx2/embedding.cc", "native/isa/avx2/linear.cc", "native/isa/avx2/filter.cc"],
          "cflags": ["-mavx2", "-mfma", "-mf16c"],
          "xcode_settings": { "OTHER_CFLAGS": ["-ffp-contract=off", "-mavx2", "-mfma", "-mf16c"] },
          "msvs_settings": { "VCCLCompilerTool": { "EnableEnhancedInstructionSet": 5 } }
        },
        {
          "target_name": "isa_avx512",
          "type": "static_library",
          "sources": ["native/isa/avx512/canonical.cc", "native/isa/avx512/als.cc", "native/isa/avx512/embedding.cc", "native/isa/avx512/linear.cc", "native/isa/avx512/filter.cc"],
          # GCC 12 warns about its own AVX-512 headers (GCC bug 105593).
          "cflags": ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma", "-Wno-uninitialized", "-Wno-maybe-uninitialized"],
          "xcode_settings": { "OTHER_CFLAGS": ["-ffp-contract=off", "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma"] },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/arch:AVX512"] } }
        },
        {
          "target_name": "isa_avx2_vnni",
          "type": "static_library",
          "sources": ["native/isa/avx2_vnni/filter.cc"],
          "cflags": ["-mavx2", "-mfma", "-mavxvnni"],
          "xcode_settings": { "OTHER_CFLAGS": ["-ffp-contract=off", "-mavx2", "-mfma", "-mavxvnni"] },
          "msvs_settings": { "VCCLCompilerTool": { "EnableEnhancedInstructionSet": 5 } }
        },
        {
          "target_name": "isa_avx512_vnni",
          "type": "static_library",
          "sources": ["native/isa/avx512_vnni/filter.cc"],
          "cflags": ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mavx512vnni", "-mfma", "-Wno-uninitialized", "-Wno-maybe-uninitialized"],
          "xcode_settings": { "OTHER_CFLAGS": ["-ffp-contract=off", "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mavx512vnni", "-mfma"] },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/arch:AVX512"] } }
        }
      ]
    }],
    ["target_arch=='x64'", {
      "targets": [
        {
          "target_name": "limits_avx2",
          "type": "static_library",
          "sources": ["bench/native/avx2.cc"],
          "cflags": ["-mavx2", "-mfma"],
          "xcode_settings": { "OTHER_CFLAGS": ["-mavx2", "-mfma"] },
          "msvs_settings": { "VCCLCompilerTool": { "EnableEnhancedInstructionSet": 5 } }
        },
        {
          "target_name": "limits_avx2_vnni",
          "type": "static_library",
          "sources": ["bench/native/avx2_vnni.cc"],
          "cflags": ["-mavx2", "-mfma", "-mavxvnni"],
          "xcode_settings": { "OTHER_CFLAGS": ["-mavx2", "-mfma", "-mavxvnni"] },
          "msvs_settings": { "VCCLCompilerTool": { "EnableEnhancedInstructionSet": 5 } }
        },
        {
          "target_name": "limits_avx512",
          "type": "static_library",
          "sources": ["bench/native/avx512.cc"],
          "cflags": ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma", "-Wno-uninitialized", "-Wno-maybe-uninitialized"],
          "xcode_settings": { "OTHER_CFLAGS": ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma"] },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/arch:AVX512"] } }
        },
        {
          "target_name": "limits_avx512_vnni",
          "type": "static_library",
          "sources": ["bench/native/avx512_vnni.cc"],
          "cflags": ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma", "-mavx512vnni", "-Wno-uninitialized", "-Wno-maybe-uninitialized"],
          "xcode_settings": { "OTHER_CFLAGS": ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma", "-mavx512vnni"] },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/arch:AVX512"] } }
        }
      ]
    }],
    ["target_arch=='x64' and OS=='linux'", {
      "targets": [
        {
          "target_name": "limits_amx",
          "type": "static_library",
          "sources": ["bench/native/amx.cc"],
          "cflags": ["-mamx-tile", "-mamx-int8"]
        },
        {
          "target_name": "isa_amx",
          "type": "static_library",
          "sources": ["native/isa/amx/filter.cc"],
          "cflags": ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mavx512vnni", "-mfma", "-mamx-tile", "-mamx-int8", "-Wno-uninitialized", "-Wno-maybe-uninitialized"]
        }
      ]
    }],
    ["target_arch=='arm64'", {
      "targets": [
        {
          "target_name": "limits_neon",
          "type": "static_library",
          "sources": ["bench/native/neon.cc"]
        },
        {
          "target_name": "limits_neon_dotprod",
          "type": "static_library",
          "sources": ["bench/native/neon_dotprod.cc"],
          "cflags": ["-march=armv8.2-a+dotprod"],
          "xcode_settings": { "OTHER_CFLAGS": ["-march=armv8.2-a+dotprod"] }
        },
        {
          "target_name": "isa_neon",
          "type": "static_library",
          "sources": ["native/isa/neon/canonical.cc", "native/isa/neon/als.cc", "native/isa/neon/embedding.cc", "native/isa/neon/linear.cc", "native/isa/neon/filter.cc"]
        },
        {
          "target_name": "isa_neon_dotprod",
          "type": "static_library",
          "sources": ["native/isa/neon_dotprod/filter.cc"],
          "cflags": ["-march=armv8.2-a+dotprod"],
          "xcode_settings": { "OTHER_CFLAGS": ["-ffp-contract=off", "-march=armv8.2-a+dotprod"] }
        },
        {
          "target_name": "isa_neon_i8mm",
          "type": "static_library",
          "sources": ["native/isa/neon_i8mm/filter.cc"],
          "cflags": ["-march=armv8.2-a+dotprod+i8mm"],
          "xcode_settings": { "OTHER_CFLAGS": ["-ffp-contract=off", "-march=armv8.2-a+dotprod+i8mm"] }
        }
      ]
    }]
  ]
}
