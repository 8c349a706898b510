package nn

// flatten lays an image out in C, H, W order.
type flatten struct {
	linear
	pixels, channels int
}

// Flatten adds the 1×1×(C·H·W) value that holds x in C, H, W order, the order of
// PyTorch's flatten of an NCHW tensor. In front of Linear it costs nothing.
func (g *Graph) Flatten(x *Value) *Value {
	return g.add(&flatten{pixels: x.rows(), channels: x.c}, 1, 1, x.Len(), x)
}

func (f *flatten) name() string { return "Flatten" }

func (f *flatten) forward(y []float32, x [][]float32, n int, _ resources) {
	size := f.pixels * f.channels
	for i := 0; i < n*size; i += size {
		transpose(y[i:i+size], x[0][i:i+size], f.pixels, f.channels)
	}
}

// vjp: the inverse permutation.
func (f *flatten) vjp(k int, dx, dy []float32, x [][]float32, y []float32, n int, _ resources) {
	size := f.pixels * f.channels
	for i := 0; i < n*size; i += size {
		transpose(dx[i:i+size], dy[i:i+size], f.channels, f.pixels)
	}
}

// transpose writes the columns of src [rows, cols] as the rows of dst.
func transpose(dst, src []float32, rows, cols int) {
	for c := range cols {
		for r := range rows {
			dst[c*rows+r] = src[r*cols+c]
		}
	}
}
