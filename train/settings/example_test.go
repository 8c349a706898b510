package settings_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"anila/train/data"
	"anila/train/run"
	"anila/train/settings"
)

// A preset, with some of its settings changed; a key that is none is an error with the nearest one.
func ExampleResolve() {
	c, err := settings.Resolve(settings.Layers{Preset: "rings-small", Settings: []string{"train.iterations=100", "sampler.kernel=langevin"}})
	fmt.Println(c.Iterations, c.Train.Sampler.Kernel, err)
	_, err = settings.Resolve(settings.Layers{Settings: []string{"sampler.kernl=mala"}})
	var wrong *settings.KeyError
	fmt.Println(errors.As(err, &wrong), err)
	// Output:
	// 100 langevin <nil>
	// true train: --set: unknown key "sampler.kernl"; the nearest key is sampler.kernel
}

// Data of one's own: settings picked by their shape, as train --data does, and a run with them.
func ExamplePick() {
	dir, err := os.MkdirTemp("", "own")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	table := filepath.Join(dir, "flowers.csv")
	text := "length,width,kind\n"
	for i := range 60 {
		text += fmt.Sprintf("%d,%d,%s\n", 40+i%7, 20+i%7+i%3, []string{"a", "b"}[i%2])
	}
	if err := os.WriteFile(table, []byte(text), 0o666); err != nil {
		panic(err)
	}
	ctx := context.Background()
	config, source, picked, err := settings.Pick(ctx, data.Place{Name: table}, settings.Layers{
		Settings: []string{"data.label=kind", "train.iterations=20", "log.pictures=none"}}, nil)
	if err != nil {
		panic(err)
	}
	for _, p := range picked[:4] {
		fmt.Println(p.What)
	}
	r, err := run.Start(config, run.Options{Dir: filepath.Join(dir, "run"), Opened: source})
	if err != nil {
		panic(err)
	}
	defer r.Close()
	result, err := r.Train(ctx, nil)
	held, failed := r.Config.HeldOut(ctx)
	fmt.Println(result.Status, err, r.Config.Data.Columns, held.Len(), failed)
	// Output:
	// data.scale = standard
	// data.noise = 0.3
	// data.held_out = 0.1
	// model.net = mlp
	// finished <nil> [length width] 6 <nil>
}
