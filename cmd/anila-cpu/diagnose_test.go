package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// diagnosed is the part of the JSON that tests look at.
type diagnosed struct {
	Steps      int
	Quantities map[string]struct {
		Mean       *float64
		ESS        float64 `json:"ess_bulk"`
		Acceptance *float64
	}
	DataF *struct{ Mean float64 } `json:"data_f"`
}

func readDiagnosis(t *testing.T, text string) diagnosed {
	t.Helper()
	var d diagnosed
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return d
}

// TestDiagnoseTarget judges chains on the rings, whole and in two parts: the same numbers.
func TestDiagnoseTarget(t *testing.T) {
	dir := t.TempDir()
	line := "diagnose --target rings --kernel anila-mala --chains 8 --json --discard 100"
	whole := anila(t, dir, append(strings.Fields(line), "--steps", "3000", "--out", "whole")...)
	whole.want(t, exitDone)
	d := readDiagnosis(t, whole.stdout)
	x1 := d.Quantities["x1"]
	if d.Steps != 3000 || x1.Acceptance == nil || *x1.Acceptance < 0.1 || x1.ESS < 20 || d.DataF == nil {
		t.Errorf("diagnosis %+v", d)
	}
	for _, name := range []string{"f.png", "gradient-norm.png", "acceptance.png", "autocorrelation.png", "states.png", "result.json"} {
		if st, err := os.Stat(filepath.Join(dir, "whole", name)); err != nil || st.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	anila(t, dir, append(strings.Fields(line), "--steps", "1000", "--out", "parts")...).want(t, exitDone)
	parts := anila(t, dir, "diagnose", "--resume", "parts", "--steps", "3000", "--json")
	parts.want(t, exitDone)
	if got := readDiagnosis(t, parts.stdout); *got.Quantities["x1"].Mean != *x1.Mean || *got.Quantities["f"].Mean != *d.Quantities["f"].Mean {
		t.Error("1,000 and 2,000 steps differ from 3,000 steps")
	}
}

// TestDiagnoseWeighted: means weighted by a come beside the others, for the sampler whose law is p/a only.
func TestDiagnoseWeighted(t *testing.T) {
	dir := t.TempDir()
	line := strings.Fields("diagnose --target rings --chains 4 --steps 300 --weighted --kernel")
	anila(t, dir, append(line, "anila", "--out", "w")...).want(t, exitDone, "mean by a")
	text, err := os.ReadFile(filepath.Join(dir, "w", "result.json"))
	if err != nil || !strings.Contains(string(text), `"weighted_by_a"`) {
		t.Errorf("%v in %s", err, text)
	}
	anila(t, dir, append(line, "mala")...).want(t, exitUsage, "kernel anila, not mala")
	anila(t, dir, "diagnose", "--resume", "w", "--weighted").want(t, exitUsage, "--weighted")
}

func TestDiagnoseModel(t *testing.T) {
	dir := trained(t)
	o := anila(t, dir, "diagnose", "--model", "run", "--steps", "200", "--chains", "4", "--out", "long")
	o.want(t, exitDone, "rhat", "data:", "plots and result in long")
	anila(t, dir, "diagnose", "--model", "run", "--kernel", "mala", "--set", "chains.start=data", "--steps", "50", "--chains", "4").
		want(t, exitDone, "kernel mala", "runs/diagnose-rings-001")
}

func TestDiagnoseInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("os.Interrupt cannot be sent on windows")
	}
	dir := t.TempDir()
	command, stdout, stderr := start(t, dir, nil, "diagnose", "--target", "gmm", "--steps", "1000000000", "--out", "long")
	for range 200 {
		if _, err := os.Stat(filepath.Join(dir, "long", diagnoseSettingsFile)); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	time.Sleep(200 * time.Millisecond)
	command.Process.Signal(os.Interrupt)
	finish(t, command, stdout, stderr).want(t, exitInterrupted, "--resume long")
	if _, err := os.Stat(filepath.Join(dir, "long", diagnoseChainsFile)); err != nil {
		t.Error(err)
	}
}

func TestDiagnoseWrongUse(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		line  string
		code  int
		texts []string
	}{
		{"", exitUsage, []string{"--model", "--target"}},
		{"--target ring", exitUsage, []string{`"ring"`, "rings"}},
		{"--target rings --kernel nuts", exitUsage, []string{"nuts", "mala"}},
		{"--target rings --model run", exitUsage, []string{"--model or --target"}},
		{"--target rings --chains 1", exitUsage, []string{"--chains 1"}},
		{"--target rings --steps 10 --discard 10", exitUsage, []string{"--discard"}},
		{"--target rings --set sampler.b=1", exitUsage, []string{"--set", "--kernel"}},
		{"--model run --step 1", exitUsage, []string{"sampler.step"}},
		{"--resume nowhere", exitFailed, []string{"nowhere", "settings.json"}},
		{"--resume nowhere --target rings", exitUsage, []string{"--target", "--resume"}},
	} {
		t.Run(c.line, func(t *testing.T) {
			anila(t, dir, append([]string{"diagnose"}, strings.Fields(c.line)...)...).want(t, c.code, c.texts...)
		})
	}
}
