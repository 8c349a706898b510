package vec

const (
	panicLength  = "vec: slices differ in length"
	panicDivisor = "vec: length is not a multiple of the row length"
)

// callSpan is the largest number of elements that goes into one assembly call
// of an elementwise kernel: some tens of microseconds.
const callSpan = 1 << 16

// Axpy computes y[i] += a·x[i], product and sum rounded one after the other.
func Axpy(y, x []float32, a float32) {
	if len(x) != len(y) {
		panic(panicLength)
	}
	for len(y) > callSpan {
		axpy(y[:callSpan], x[:callSpan], a)
		y, x = y[callSpan:], x[callSpan:]
	}
	axpy(y, x, a)
}

// Add computes y[i] += x[i].
func Add(y, x []float32) {
	if len(x) != len(y) {
		panic(panicLength)
	}
	for len(y) > callSpan {
		add(y[:callSpan], x[:callSpan])
		y, x = y[callSpan:], x[callSpan:]
	}
	add(y, x)
}

// Scale computes y[i] *= a.
func Scale(y []float32, a float32) {
	for len(y) > callSpan {
		scale(y[:callSpan], a)
		y = y[callSpan:]
	}
	scale(y, a)
}

func axpyGeneric(y, x []float32, a float32) {
	for i, v := range x {
		y[i] += float32(a * v)
	}
}

func addGeneric(y, x []float32) {
	for i, v := range x {
		y[i] += v
	}
}

func scaleGeneric(y []float32, a float32) {
	for i := range y {
		y[i] *= a
	}
}
