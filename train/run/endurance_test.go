package run_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"anila/tensor"
	"anila/train/report"
	"anila/train/run"
	"anila/train/settings"
)

// TestSoakEndurance trains for 2 s, with ANILA_SOAK set for half an hour, with checkpoints and pictures all the time: memory
// stays flat and no goroutine is left behind.
func TestSoakEndurance(t *testing.T) {
	if testing.Short() {
		t.Skip("watches memory for a while: not with -short")
	}
	length, slack, every := 2*time.Second, 48.0, 20
	if os.Getenv("ANILA_SOAK") != "" {
		length, slack, every = 30*time.Minute, 8, 500
	}
	before := runtime.NumGoroutine()
	cfg, err := settings.Resolve(settings.Layers{Preset: "cifar10-small", Settings: []string{"model.n=4", "train.batch=5", "chains.count=6", "sampler.steps=2",
		"train.iterations=1000000000", "optim.rate=1e-7", "sampler.kernel=langevin", "chains.start=replay", "chains.bank=50", "checkpoint.every=400",
		fmt.Sprint("log.every=", every), "log.pictures=checkpoint"}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := run.Start(cfg, run.Options{Source: stripes{}, Dir: filepath.Join(t.TempDir(), "run"), Workers: 2, MaxTime: length, Report: report.New})
	if err != nil {
		t.Fatal(err)
	}
	h := &events{}
	res, err := r.Train(context.Background(), h)
	if err != nil || res.Status != run.TimeLimit {
		t.Fatalf("%+v, %v", res, err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	var memory []float64 // MiB
	checkpoints := 0
	for _, e := range *h {
		switch e.Kind {
		case "":
			memory = append(memory, float64(e.Memory)/(1<<20))
		case "checkpoint":
			checkpoints++
		case "start", "time-limit":
		case "warning":
			if !strings.Contains(e.Message, "free on the disk") { // the run would write for years
				t.Errorf("warning: %s", e.Message)
			}
		default:
			t.Errorf("event %s: %s", e.Kind, e.Message)
		}
	}
	if len(memory) < 10 {
		t.Skipf("this machine managed %d log lines in %v: too few to see memory grow", len(memory), length)
	}
	tenth := len(memory) / 10
	early, late := median(memory[tenth:2*tenth]), median(memory[len(memory)-tenth:])
	t.Logf("%d iterations, %d checkpoints in %v; resident memory: %.1f MiB after a tenth of the time, %.1f MiB at the end, %.1f MiB at most",
		res.Iteration, checkpoints, length, early, late, slices.Max(memory))
	if late > early*1.05+slack {
		t.Errorf("memory grew from %.1f to %.1f MiB", early, late)
	}
	for range 100 { // goroutines that were told to end may need a moment
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

func median(v []float64) float64 {
	s := slices.Clone(v)
	slices.Sort(s)
	return s[len(s)/2]
}

// events is a run.Observer that keeps the events.
type events []run.Event

func (e *events) Progress(run.Progress) {}
func (e *events) Event(event run.Event) { *e = append(*e, event) }

// stripes is a source of pictures of 32×32×3 whose stripes the key chooses.
type stripes struct{}

func (stripes) Shape() (h, w, c int) { return 32, 32, 3 }
func (stripes) Batch(dst []float32, key tensor.Key) {
	random := key.Rand()
	for n := 0; n < len(dst); n += 32 * 32 * 3 {
		frequency := 1 + 3*random.Float64()
		for i := range 32 * 32 * 3 {
			dst[n+i] = float32(math.Sin(frequency * float64(i/3%32)))
		}
	}
}
