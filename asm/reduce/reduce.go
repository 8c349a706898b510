package reduce

const panicLength = "reduce: slices differ in length"

// callSpan is the largest number of elements that goes into one assembly call: some
// tens of microseconds.
const callSpan = 1 << 16
