# One static library per instruction set, each with its own flags; everything else keeps the baseline.
{
  "includes": ["native/flags.gypi"],
  "targets": [
    {
      "target_name": "kindred",
      "dependencies": ["isa_scalar"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      # A worker thread may be ended while a search of its own is under way: its answer then goes nowhere, which is no
      # reason to abort the process.
      "defines": [
        "KINDRED_VERSION=\"<!(node -p \"require('./package.json').version\")\"",
        "NAPI_VERSION=8",
        "NODE_ADDON_API_DISABLE_DEPRECATED",
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"
      ],
      # Without the names of what only the build needs: a fifth of the file.
      "ldflags": ["-Wl,-s"],
      # A room each, and what takes longest first: most of the work is reading headers, once for each of these.
      "sources": [
        "native/search/all.cc",
        "native/sparse/all.cc",
        "native/addon/all.cc",
        "native/search/passes/all.cc",
        "native/rows/all.cc",
        "native/linear/all.cc",
        "native/machine/all.cc",
        "native/encoding/all.cc",
        "native/matrix/matrix.cc",
        "native/training/als.cc",
        "native/order/score.cc",
        "native/isa/levels.cc"
      ],
      "conditions": [
        ["target_arch=='x64'", { "dependencies": ["isa_avx2", "isa_avx2_vnni", "isa_avx512", "isa_avx512_vnni"] }],
        ["target_arch=='x64' and OS=='linux'", { "dependencies": ["isa_amx"], "defines": ["KINDRED_AMX"] }],
        ["target_arch=='arm64'", { "dependencies": ["isa_neon", "isa_neon_dotprod", "isa_neon_i8mm"] }]
      ]
    },
    {
      "target_name": "isa_scalar",
      "type": "static_library",
      "sources": ["native/isa/scalar/kernels.cc"]
    }
  ],
  "conditions": [
    ["target_arch=='x64'", {
      "targets": [
        {
          "target_name": "isa_avx2",
          "type": "static_library",
          "sources": ["native/isa/avx2/kernels.cc", "native/isa/avx2/filter.cc"],
          "cflags": ["<@(avx2)"],
          "xcode_settings": { "OTHER_CFLAGS": ["<@(avx2)"] },
          "msvs_settings": { "VCCLCompilerTool": { "EnableEnhancedInstructionSet": 5 } }
        },
        {
          "target_name": "isa_avx2_vnni",
          "type": "static_library",
          "sources": ["native/isa/avx2_vnni/filter.cc"],
          "cflags": ["<@(avx2_vnni)"],
          "xcode_settings": { "OTHER_CFLAGS": ["<@(avx2_vnni)"] },
          "msvs_settings": { "VCCLCompilerTool": { "EnableEnhancedInstructionSet": 5 } }
        },
        {
          "target_name": "isa_avx512",
          "type": "static_library",
          "sources": ["native/isa/avx512/kernels.cc", "native/isa/avx512/filter.cc"],
          "cflags": ["<@(avx512)", "<@(gcc_avx512)"],
          "xcode_settings": { "OTHER_CFLAGS": ["<@(avx512)"] },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/arch:AVX512"] } }
        },
        {
          "target_name": "isa_avx512_vnni",
          "type": "static_library",
          "sources": ["native/isa/avx512_vnni/filter.cc"],
          "cflags": ["<@(avx512_vnni)", "<@(gcc_avx512)"],
          "xcode_settings": { "OTHER_CFLAGS": ["<@(avx512_vnni)"] },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/arch:AVX512"] } }
        }
      ]
    }],
    ["target_arch=='x64' and OS=='linux'", {
      "targets": [
        {
          "target_name": "isa_amx",
          "type": "static_library",
          "sources": ["native/isa/amx/filter.cc"],
          "cflags": ["<@(amx)", "<@(gcc_avx512)"],
          "xcode_settings": { "OTHER_CFLAGS": ["<@(amx)"] }
        }
      ]
    }],
    ["target_arch=='arm64'", {
      "targets": [
        {
          "target_name": "isa_neon",
          "type": "static_library",
          "sources": ["native/isa/neon/kernels.cc", "native/isa/neon/filter.cc"]
        },
        {
          "target_name": "isa_neon_dotprod",
          "type": "static_library",
          "sources": ["native/isa/neon_dotprod/filter.cc"],
          "cflags": ["<@(neon_dotprod)"],
          "xcode_settings": { "OTHER_CFLAGS": ["<@(neon_dotprod)"] }
        },
        {
          "target_name": "isa_neon_i8mm",
          "type": "static_library",
          "sources": ["native/isa/neon_i8mm/filter.cc"],
          "cflags": ["<@(neon_i8mm)"],
          "xcode_settings": { "OTHER_CFLAGS": ["<@(neon_i8mm)"] }
        }
      ]
    }]
  ]
}
