package cooktoom_test

import (
	"fmt"

	"anila/asm/cooktoom"
)

// A 3×3 patch of 16 channels, each convolved with 2×2 taps of its own by F(2×2, 2×2): 9 products a channel where the
// direct way takes 16. All channels have the patch 1 … 9 here and the taps 1, 0, 0, 10.
func Example() {
	const channels = 16
	patch := cooktoom.Places{Row: 3 * channels, Column: channels, Bottom: 3, Right: 3}
	tile := cooktoom.Places{Row: 2 * channels, Column: channels, Bottom: 2, Right: 2}
	x, y := make([]float32, 9*channels), make([]float32, 4*channels)
	for i := range x {
		x[i] = float32(1 + i/channels)
	}
	taps := make([]float32, channels*16) // one phase of 4×4 taps a filter: places 0, 2, 8, 10
	for c := range channels {
		taps[16*c], taps[16*c+10] = 1, 10
	}

	u, v := make([]float32, 9*channels), make([]float32, 9*channels)
	cooktoom.Weights2x2(u, channels, taps, 16)
	cooktoom.Input2x2(v, channels, x, &patch, channels)
	for i := range v {
		v[i] *= u[i]
	}
	cooktoom.Output2x2(y, &tile, v, channels, make([]float32, channels), 1, channels)
	fmt.Println(y[0], y[channels]) // 1 + 10·5, 2 + 10·6
	fmt.Println(y[2*channels], y[3*channels])
	// Output:
	// 51 62
	// 84 95
}
