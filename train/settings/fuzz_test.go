package settings

import (
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
