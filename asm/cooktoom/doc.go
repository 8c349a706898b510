// Package cooktoom holds the transforms of Cook–Toom and Winograd convolutions
// F(m×m, r×r), which compute tiles of m×m outputs for r×r taps from patches of
// (m+r−1)×(m+r−1) inputs with one product for each place of the patch. A kernel of
// F(m×m, r×r) has mxr in its name. The contracts of package asm hold, but the bits
// of F(4×4, 2×2) depend on the tier.
package cooktoom
