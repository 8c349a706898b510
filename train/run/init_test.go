package run

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"anila/train/settings"
)

// TestInit: a run begins with the weights of another, and needs them no more once it has begun.
func TestInit(t *testing.T) {
	dir, carried := t.TempDir(), fstest.MapFS{}
	start := func(name string, list ...string) (*Run, error) {
		cfg, err := settings.Resolve(settings.Layers{Preset: "rings-small",
			Settings: append([]string{"model.n=4", "train.iterations=2", "train.batch=8", "chains.bank=16", "log.pictures=none"}, list...)})
		if err != nil {
			t.Fatal(err)
		}
		return Start(cfg, Options{Dir: filepath.Join(dir, name), Carried: carried})
	}
	first, err := start("first")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Train(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	first.Close()
	// The newest checkpoint's average, where there is one, is what a run's folder means.
	second, err := start("second", "model.init="+first.Folder.Path, "seed=9", "ema.decay=0")
	if err != nil {
		t.Fatal(err)
	}
	want := first.Trainer().Average().Tensors()
	if got := second.Trainer().Network().Tensors(); !reflect.DeepEqual(got, want) {
		t.Errorf("begins with %v, want %v", got[1], want[1])
	}
	second.Close()
	if err := os.RemoveAll(first.Folder.Path); err != nil {
		t.Fatal(err)
	}
	again, err := Resume(second.Folder.Path, nil, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := again.Trainer().Network().Tensors(); !reflect.DeepEqual(got, want) {
		t.Errorf("goes on with %v, want %v", got[1], want[1])
	}
	again.Close()
	text, err := os.ReadFile(second.Folder.Join(initName))
	if err != nil {
		t.Fatal(err)
	}
	carried["kept.safetensors"] = &fstest.MapFile{Data: text}
	third, err := start("third", "model.init=kept")
	if err != nil {
		t.Fatal(err)
	}
	if got := third.Trainer().Network().Tensors(); !reflect.DeepEqual(got, want) {
		t.Errorf("from a carried model begins with %v, want %v", got[1], want[1])
	}
	third.Close()
	for _, bad := range []string{"model.init=" + filepath.Join(dir, "none"), "model.init=init_test.go"} {
		if r, err := start("bad", bad); err == nil || !strings.Contains(err.Error(), "model.init") {
			t.Errorf("%s: %v, %v", bad, r, err)
		}
	}
	if r, err := start("other", "model.n=5", "model.init="+second.Folder.Join(initName)); err == nil || !strings.Contains(err.Error(), "the network needs") {
		t.Errorf("weights of another network: %v, %v", r, err)
	}
}
