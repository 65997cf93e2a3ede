# What the benchmarks measure the machine with, built by the first `npm run bench`: never part of the package.
{
  "includes": ["../native/flags.gypi"],
  "targets": [
    {
      "target_name": "limits",
      "dependencies": ["limits_scalar"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_DISABLE_DEPRECATED"],
      "sources": ["native/limits.cc", "../native/machine/cpu.cc", "../native/machine/pages.cc"],
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
      "sources": ["native/scalar.cc"]
    }
  ],
  "conditions": [
    ["target_arch=='x64'", {
      "targets": [
        {
          "target_name": "limits_avx2",
          "type": "static_library",
          "sources": ["native/avx2.cc"],
          "cflags": ["<@(avx2)"],
          "xcode_settings": { "OTHER_CFLAGS": ["<@(avx2)"] },
          "msvs_settings": { "VCCLCompilerTool": { "EnableEnhancedInstructionSet": 5 } }
        },
        {
          "target_name": "limits_avx2_vnni",
          "type": "static_library",
          "sources": ["native/avx2_vnni.cc"],
          "cflags": ["<@(avx2_vnni)"],
          "xcode_settings": { "OTHER_CFLAGS": ["<@(avx2_vnni)"] },
          "msvs_settings": { "VCCLCompilerTool": { "EnableEnhancedInstructionSet": 5 } }
        },
        {
          "target_name": "limits_avx512",
          "type": "static_library",
          "sources": ["native/avx512.cc"],
          "cflags": ["<@(avx512)", "<@(gcc_avx512)"],
          "xcode_settings": { "OTHER_CFLAGS": ["<@(avx512)"] },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/arch:AVX512"] } }
        },
        {
          "target_name": "limits_avx512_vnni",
          "type": "static_library",
          "sources": ["native/avx512_vnni.cc"],
          "cflags": ["<@(avx512_vnni)", "<@(gcc_avx512)"],
          "xcode_settings": { "OTHER_CFLAGS": ["<@(avx512_vnni)"] },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/arch:AVX512"] } }
        }
      ]
    }],
    ["target_arch=='x64' and OS=='linux'", {
      "targets": [
        {
          "target_name": "limits_amx",
          "type": "static_library",
          "sources": ["native/amx.cc"],
          "cflags": ["<@(amx)", "<@(gcc_avx512)"]
        }
      ]
    }],
    ["target_arch=='arm64'", {
      "targets": [
        {
          "target_name": "limits_neon",
          "type": "static_library",
          "sources": ["native/neon.cc"]
        },
        {
          "target_name": "limits_neon_dotprod",
          "type": "static_library",
          "sources": ["native/neon_dotprod.cc"],
          "cflags": ["<@(neon_dotprod)"],
          "xcode_settings": { "OTHER_CFLAGS": ["<@(neon_dotprod)"] }
        }
      ]
    }]
  ]
}
