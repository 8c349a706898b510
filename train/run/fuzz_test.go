package run

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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
