// Package report turns a run into something to look at: sample grids, density pictures of the 2-D toys, curves, a
// TensorBoard event file and a self-contained page. New is what package run calls as it trains.
package report
