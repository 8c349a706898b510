//go:build noasm || !(amd64 || arm64)

package reduce

func fold(l *lanes) float64                  { return foldGeneric(l, sumLanes/2) }
func sum(l *lanes, x []float32)              { sumGeneric(l, x) }
func dot(l *lanes, x, y []float32)           { dotGeneric(l, x, y) }
func dotRows(dst []float64, x, y []float32)  { dotRowsGeneric(dst, x, y) }
func distance(l *lanes, x, y []float32)      { distanceGeneric(l, x, y) }
func countBeyond(x []float32, b float32) int { return countBeyondGeneric(x, b) }
func maximum(x []float32) float32            { return maximumGeneric(x) }
func maxPool2(y, x0, x1 []float32, c int)    { maxPool2Generic(y, x0, x1, c) }
func avgPool2(y, x0, x1 []float32, c int)    { avgPool2Generic(y, x0, x1, c) }

func maxPool2Gradient(dx0, dx1, dy, x0, x1 []float32, c int, leak float32) {
	maxPool2GradientGeneric(dx0, dx1, dy, x0, x1, c, leak)
}

func avgPool2Gradient(dx0, dx1, dy []float32, c int) { avgPool2GradientGeneric(dx0, dx1, dy, c) }
