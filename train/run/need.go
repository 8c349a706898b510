package run

import (
	"fmt"
	"math"
	"strings"

	"anila/internal/room"
	"anila/nn"
	"anila/tensor"
	"anila/train"
	"anila/train/data"
	"anila/train/settings"
)

// Need is about what a run takes, in bytes: within a factor of 1.6 of the peak of its resident memory, and of its folder at
// the end, where checkpoints come by checkpoint.every alone.
type Need struct {
	Memory   int64
	Data     int64 // of Memory: the training items
	Network  int64 // with gradients, optimizer, moving average, the first parameters, and a copy for a checkpoint under way
	Chains   int64 // and the batch
	Bank     int64
	Eval     int64 // samples and features of eval.every
	Pictures int64 // of a bank of points, while they are drawn
	Program  int64 // itself, and what the collector leaves lying

	Disk        int64
	Checkpoint  int64 // one
	Checkpoints int64 // all that are kept, and one more while it is written
	Log         int64 // events, curves and pictures
}

// What a program takes that does nothing yet, and what a run writes beside its checkpoints, as measured.
const (
	programMemory  = 40 << 20
	drawingMemory  = 110 << 20
	programDisk    = 400 << 10
	bytesOfEvent   = 1000 // in both logs
	bytesOfPicture = 500 << 10
	bytesOfPixel   = 1.5 // of a picture of samples
)

// NewNeed estimates what a run of a configuration takes, on a source and with a network that takes as much memory; of Memory
// what each of so many ranks takes.
func NewNeed(c settings.Config, network *nn.Memory, source train.Source, workers *tensor.Workers, ranks int) (n Need, err error) {
	items := 0
	if set, ok := source.(train.Finite); ok {
		items = set.Len()
	}
	m, err := c.Train.Memory(network, items, workers, ranks)
	if err != nil {
		return n, err
	}
	dim := float64(network.Dim())
	n.Data = data.Memory(source)
	n.Network, n.Chains, n.Bank = m.Network+m.Copies+network.Parameters(), m.Chains, m.Bank
	if c.Eval.Every > 0 {
		n.Eval = whole(float64(c.Eval.Samples)*dim*9 + referencePictures*2048*4)
	}
	litter := 2 * float64(m.Copies) // what is left lying between two collections
	if c.Log.Pictures != "none" {
		litter += drawingMemory
		if network.Dim() == 2 {
			n.Pictures = 2 * n.Bank // a copy, and its points
		}
	}
	live := float64(n.Data) + float64(n.Network) + float64(n.Chains) + float64(n.Bank) + float64(n.Eval) + float64(n.Pictures)
	n.Program = whole(programMemory + math.Min(live, litter)) // it is collected when there is as much of it as lives (GOGC)
	n.Memory = whole(live + float64(n.Program))

	n.Checkpoint = m.Snapshot
	k := c.Checkpoint
	written := 1
	if k.Every > 0 {
		written += (c.Iterations - 1) / k.Every
	}
	kept, pictures := written, written
	if k.Keep > 0 {
		kept = min(written, k.Keep+1)
		if k.KeepEvery > 0 {
			kept += c.Iterations / k.KeepEvery
		}
	}
	all := float64(kept) * float64(n.Checkpoint)
	if k.MaxBytes > 0 {
		all = math.Min(all, math.Max(float64(k.MaxBytes), float64(n.Checkpoint))+float64(n.Checkpoint))
	}
	n.Checkpoints = whole(all)
	switch c.Log.Pictures {
	case "end":
		pictures = 1
	case "none":
		pictures = 0
	}
	picture := bytesOfPixel * dim * math.Min(float64(c.Train.Start.Count), 100)
	if network.Dim() == 2 {
		picture = bytesOfPicture
	}
	log := float64(c.Iterations) / float64(c.Log.Every)
	n.Log = whole(programDisk + bytesOfEvent*log + float64(pictures)*(picture+bytesOfEvent))
	n.Disk = whole(float64(n.Checkpoints) + float64(n.Log))
	return n, nil
}

// whole is a number of bytes that an int64 can hold.
func whole(v float64) int64 { return int64(math.Min(v, 1<<62)) }

// String tells the need for a reader.
func (n Need) String() string {
	var parts []string
	for _, p := range []struct {
		name  string
		bytes int64
	}{{"data", n.Data}, {"network", n.Network}, {"chains", n.Chains}, {"bank", n.Bank}, {"eval", n.Eval}, {"pictures", n.Pictures}} {
		if p.bytes > 0 {
			parts = append(parts, p.name+" "+bytesText(p.bytes))
		}
	}
	return fmt.Sprintf("about %s of memory (%s), %s on the disk (a checkpoint %s)", bytesText(n.Memory), strings.Join(parts, ", "),
		bytesText(n.Disk), bytesText(n.Checkpoint))
}

// check refuses a need that the machine cannot meet; what may go wrong is a warning. So many ranks share its memory.
func (n Need) check(dir string, ranks int) (warnings []string, err error) {
	warning, err := room.CheckMemory(float64(n.Memory) * float64(ranks))
	if err != nil && ranks > 1 {
		return nil, fmt.Errorf("train: each of this machine's %d ranks needs %s: %w", ranks, n, err)
	}
	if err != nil {
		return nil, fmt.Errorf("train: this run needs %s: %w", n, err)
	}
	if warning != "" {
		warnings = append(warnings, warning)
	}
	free, err := room.Disk(dir)
	if err != nil {
		return append(warnings, "how much is free on the disk is not known: "+err.Error()), nil
	}
	// A checkpoint is written beside the last one.
	if least := n.Checkpoint + min(n.Checkpoint, n.Checkpoints-n.Checkpoint); least > free {
		return warnings, fmt.Errorf("train: this run needs %s: %w", n, &room.Error{What: "of disk", Need: float64(least), Has: free, Of: "that of " + dir})
	}
	if n.Disk > free {
		warnings = append(warnings, fmt.Sprintf("this run will write about %s, and %s is free on the disk: checkpoint.keep and checkpoint.max_bytes bound it",
			bytesText(n.Disk), bytesText(free)))
	}
	return warnings, nil
}

// makeRoom estimates what the run takes, and refuses what the machine does not have.
func (r *Run) makeRoom(dir string) error {
	var memory *nn.Memory
	if r.options.Network != nil {
		memory = r.options.Network.Memory()
	} else {
		spec, err := r.Config.NetworkFor(r.source.Shape())
		if err != nil {
			return err
		}
		if memory, err = spec.Memory(); err != nil {
			return fmt.Errorf("train: %w", err)
		}
	}
	config := r.Config
	if r.options.TotalTime > 0 {
		config.Iterations = min(config.Iterations, config.Log.Every) // how many there will be is not known: the least
	}
	var err error
	if r.Need, err = NewNeed(config, memory, r.source, r.workers, r.options.Comm.Size()); err != nil {
		return err
	}
	warnings, err := r.Need.check(dir, r.options.Comm.Neighbours())
	if err != nil && !r.options.Force {
		return err
	} else if err != nil {
		warnings = append(warnings, err.Error())
	}
	r.journal.notes = append(r.journal.notes, warnings...)
	return nil
}
