package run_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"anila/nn"
	"anila/train/data"
	"anila/train/report"
	"anila/train/run"
	"anila/train/settings"
)

// Own pictures and an own network get everything that the program's runs have: a folder with log and checkpoints, a guard
// against divergence, pictures and a page, and they go on with the same bits where they ended.
func Example() {
	pixels := make([]byte, 40*16*16) // 40 grey pictures of 16×16
	for i := range pixels {
		pixels[i] = byte(i * i / 97)
	}
	mine, err := data.NewImages("mine", pixels, 16, 16, 1, nil)
	check(err)
	g := nn.NewGraph(16, 16, 1)
	x := g.AvgPool(g.LeakyReLU(g.Conv("conv", g.Input(), 8, 3, 1, 1, true), 0.05), 2)
	network := nn.NewNetwork(g, g.Linear("out", x, 1, true))
	network.Init(1)

	folder, err := os.MkdirTemp("", "run")
	check(err)
	defer os.RemoveAll(folder)
	cfg, err := settings.Resolve(settings.Layers{Preset: "mnist-small", Settings: []string{
		"train.iterations=6", "train.batch=8", "chains.start=persistent", "sampler.steps=5",
		"checkpoint.every=3", "guard.gap=1e6", "guard.policy=rollback"}})
	check(err)
	o := run.Options{Source: mine, Network: network, Workers: 2, Dir: filepath.Join(folder, "mine"), Report: report.New}
	r, err := run.Start(cfg, o)
	check(err)
	result, err := r.Train(context.Background(), nil)
	check(err)
	check(r.Close())
	fmt.Println(result.Status, "at iteration", result.Iteration)

	// Another day: the folder knows its settings, the program brings its data and its network again.
	r, err = run.Resume(o.Dir, []string{"train.iterations=9"}, nil, o)
	check(err)
	fmt.Println("resumed from", r.Resumed)
	result, err = r.Train(context.Background(), nil)
	check(err)
	check(r.Close())
	fmt.Println(result.Status, "at iteration", result.Iteration, "after", result.Rollbacks, "roll-backs")
	for _, pattern := range []string{"checkpoints/step-*/weights.safetensors", "samples/*.png", "report.html"} {
		files, _ := filepath.Glob(filepath.Join(o.Dir, filepath.FromSlash(pattern)))
		fmt.Println(len(files), pattern)
	}
	// Output:
	// finished at iteration 6
	// resumed from 6
	// finished at iteration 9 after 0 roll-backs
	// 3 checkpoints/step-*/weights.safetensors
	// 3 samples/*.png
	// 1 report.html
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
