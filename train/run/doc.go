// Package run trains on the disk: a run has a folder with its settings, its log, checkpoints from which it goes on with the
// same bits after any kind of end, and a guard that goes back to the last good checkpoint when training diverges. Start or
// Resume makes a Run, Run.Train works until the iterations are done, the context is cancelled, or time is up.
//
// Network and data are those that the settings name, or the program's own (Options). Pictures, curves and pages come from a
// Reporter; package report has one.
package run
