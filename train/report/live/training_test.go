package live

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"anila/train/report"
	"anila/train/run"
	"anila/train/settings"
)

// quiet is a run.Observer that keeps nothing.
type quiet struct{}

func (quiet) Progress(run.Progress) {}
func (quiet) Event(run.Event)       {}

// A browser watches a real training run of the toy: the number of updates, the curves and the pictures go on by
// themselves, and at the end the page says so.
func TestBrowserWatchesTraining(t *testing.T) {
	if testing.Short() {
		t.Skipf("%s: trains for some seconds", t.Name())
	}
	b := startBrowser(t)
	c, err := settings.Resolve(settings.Layers{Preset: "rings-small", Settings: []string{
		"train.iterations=1000000", "train.batch=64", "chains.count=64", "chains.bank=500", "sampler.steps=5", "log.every=5", "checkpoint.every=100",
	}})
	if err != nil {
		t.Fatal(err)
	}
	session, err := run.Start(c, run.Options{Report: report.New, Dir: filepath.Join(t.TempDir(), "rings-small-001")})
	if err != nil {
		t.Fatal(err)
	}
	s := listen(t, session.Folder.Path, Options{Every: 100 * time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	var trained error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, trained = session.Train(ctx, quiet{})
	}()
	defer func() { // also when the test fails half-way: the run ends before its folder goes
		cancel()
		<-ended
		if err := session.Close(); err != nil {
			t.Error(err)
		}
	}()

	const step = `Number(document.querySelector("#tiles .tile b")?.textContent.replaceAll(",", ""))`
	b.open(s.URL())
	b.until(step+" > 0", "the first log step")
	b.evaluate("window.marked = 1")
	b.until(imageWide+" > 500", "the first picture of densities")
	first, curve, at := b.evaluate(imageAddr), b.evaluate(gapCurve), b.evaluate(step)
	b.until(imageAddr+` !== "`+first+`"`, "the next picture")
	b.until(gapCurve+` !== "`+curve+`"`, "the curve growing")
	b.until(fmt.Sprintf("%s > %s", step, at), "the count of updates")
	b.screenshot("training.png")
	if got := b.evaluate(`document.getElementById("status").textContent`); got != "running" {
		t.Errorf("status %q while training", got)
	}
	_, metrics, _ := get(t, s, "/metrics", "", "GET")
	if !strings.Contains(metrics, "anila_iterations_total") || strings.Contains(metrics, "anila_iterations_total 0\n") {
		t.Error("the metrics do not count updates")
	}
	cancel()
	if <-ended; trained != nil {
		t.Fatal(trained)
	}
	b.until(`document.getElementById("status").textContent === "interrupted"`, "the end")
	if b.evaluate("window.marked") != "1" {
		t.Error("the page was loaded again")
	}
	b.open("file://" + filepath.ToSlash(filepath.Join(session.Folder.Path, "report.html")))
	b.until(imageWide+` > 500 && document.getElementById("status").textContent === "interrupted"`, "report.html of the run")
}
