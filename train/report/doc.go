// Package report turns a run into something to look at: sample grids, density pictures of the 2-D toys, curves, a
// TensorBoard event file and a self-contained page. It also owns the format of events.jsonl, so that the writer (train)
// and the readers agree.
package report
