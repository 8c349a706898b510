//go:build noasm

package main

// withoutAssembly says that the build tag noasm left out the assembly (cpuid honours it too and then finds no features).
const withoutAssembly = true
