package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestCompare trains two samplers with two seeds each, at equal iterations and at equal seconds.
func TestCompare(t *testing.T) {
	dir := t.TempDir()
	o := anila(t, dir, append([]string{"compare", "--sampler", "anila,b=0.2", "--sampler", "mala,adapt=5", "--seeds", "2", "--out", "c", "--json"}, tiny...)...)
	o.want(t, exitDone)
	var table []comparison
	if err := json.Unmarshal([]byte(o.stdout), &table); err != nil {
		t.Fatalf("%v in %s", err, o.stdout)
	}
	if len(table) != 2 || table[0].Sampler != "anila,b=0.2" || table[1].Iterations != (spread{6, 0}) || table[0].KL == nil || table[0].KL.SD == 0 {
		t.Errorf("table %+v", table)
	}
	if st, err := os.Stat(filepath.Join(dir, "c", "figure.png")); err != nil || st.Size() == 0 {
		t.Error(err)
	}
	o = anila(t, dir, append([]string{"compare", "--sampler", "gd", "--seeds", "1", "--seconds", "0.3"}, tiny...)...)
	o.want(t, exitDone, "gd", "KL, nats", "runs/compare-rings-001")
	anila(t, dir, "compare", "--sampler", "nuts").want(t, exitUsage, "nuts", "anila")
	anila(t, dir, "compare", "--sampler", "anila,b").want(t, exitUsage, "key=value")
	anila(t, dir, "compare", "--seeds", "0").want(t, exitUsage, "--seeds 0")
}
