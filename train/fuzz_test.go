package train

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// FuzzConfig: any text is a configuration or an error, never a panic; a configuration survives being written and read.
func FuzzConfig(f *testing.F) {
	for _, p := range Presets() {
		c, err := NewConfig(p.Name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(c.TOML())
	}
	f.Add([]byte("preset = \"rings-small\"\nseed = 7\n[sampler]\nb = inf\nstep = 0.1\n"))
	f.Add([]byte("preset = 3\n[train]\niterations = 1e400\n[[sampler]]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if text == nil {
			text = []byte{}
		}
		c, err := Resolve(Layers{File: "fuzz.toml", Text: text})
		if err != nil {
			if err.Error() == "" {
				t.Fatal("an error without words")
			}
			return
		}
		again, err := Resolve(Layers{File: "fuzz.toml", Text: c.TOML()})
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, c.TOML())
		}
		again.Preset = c.Preset // a comment in the file
		if !reflect.DeepEqual(c, again) && !strings.Contains(strings.ToLower(string(c.TOML())), "nan") {
			t.Fatalf("%+v\ncame back as\n%+v", c, again)
		}
	})
}

// FuzzState: any state.json of a checkpoint is a state or an error.
func FuzzState(f *testing.F) {
	f.Add([]byte(`{"iteration": 100, "rate_factor": 0.5, "rollbacks": 1, "tier": "avx2"}`))
	f.Add([]byte(`{"iteration": -1, "seconds": 1e999}`))
	f.Add([]byte(`[]`))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, "state.json"), text, 0o666); err != nil {
			t.Fatal(err)
		}
		s, err := readState(dir)
		if err == nil && (math.IsInf(s.Seconds, 0) || !(s.Seconds >= 0) || !(s.RateFactor > 0) || s.Rollbacks < 0) {
			t.Fatalf("state %+v", s)
		}
		if err != nil && !strings.Contains(err.Error(), "state.json") {
			t.Fatalf("%v does not name the file", err)
		}
	})
}
