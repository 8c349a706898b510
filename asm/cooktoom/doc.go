// Package cooktoom holds the transforms of Cook–Toom and Winograd convolutions
// F(m×m, r×r), which compute tiles of m×m outputs for r×r taps from patches of
// (m+r−1)×(m+r−1) inputs with one product for each place of the patch and channel. A
// kernel of F(m×m, r×r) has mxr in its name.
//
// Forward, Weights2x2 makes U of the taps, once a parameter update, Input2x2 makes V
// of each patch, products over the channels (package gemm) give M, and Output2x2 makes
// the tile of it. The input gradient goes from Gradient2x2 of a tile over products to
// Patch2x2, the weight gradient from Input2x2 and Gradient2x2 over products to Taps2x2.
// F(2×2, 3×3) and F(4×4, 3×3) are their own input gradients with the taps turned:
// Masked2x3 and Masked4x3 are the last transforms.
//
// The contracts of package asm hold, but the bits of F(4×4, 2×2) and F(4×4, 3×3)
// depend on the tier.
package cooktoom
