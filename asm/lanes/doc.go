// Package lanes turns rows into columns and back: states [n, dim], as chains keep
// them, into dim slices of n, over which elementwise kernels run with a chain in each
// vector lane. The contracts of package asm hold.
package lanes
