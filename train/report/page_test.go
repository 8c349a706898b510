package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"anila/train/run"
)

// makeRun writes a folder like that of a run: n log steps and as many pictures.
func makeRun(t testing.TB, n, pictures int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "rings <b>001")
	for _, sub := range []string{"samples", "plots"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	w := json.NewEncoder(&log)
	for i := 1; i <= n; i++ {
		w.Encode(run.Event{Step: int64(i), Seconds: float64(i), Gap: run.Float(math.Sin(float64(i))), GradientNorm: 1, Memory: 1 << 28})
	}
	w.Encode(run.Event{Step: int64(n), Kind: "rollback", Message: "</script><script>alert(1)</script>"})
	files := map[string][]byte{"events.jsonl": log.Bytes(), "config.toml": []byte("seed = 1 # </script>\n"), "state.json": []byte(`{"status":"finished"}`)}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	for i := range pictures {
		if err := os.WriteFile(filepath.Join(dir, "samples", fmt.Sprintf("step-%06d.png", 10*i)), picture.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	WritePNG(filepath.Join(dir, "plots", "gap.png"), image.NewRGBA(image.Rect(0, 0, 1, 1)))
	WritePNG(filepath.Join(dir, "plots", "autocorrelation.png"), image.NewRGBA(image.Rect(0, 0, 1, 1)))
	return dir
}

var dataElement = regexp.MustCompile(`(?s)<script id="run" type="application/json">(.*?)</script>`)

func TestPageIsSelfContained(t *testing.T) {
	dir := makeRun(t, 50, 3)
	if err := WritePage(dir); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	// No address but the name of the SVG namespace, and a policy that would stop any other.
	for _, address := range regexp.MustCompile(`(?i)(https?:)?//[a-z0-9.]+\.[a-z]+[^\s"']*`).FindAllString(page, -1) {
		if address != "http://www.w3.org/2000/svg" {
			t.Errorf("the page mentions %s", address)
		}
	}
	if !strings.Contains(page, "default-src &#39;none&#39;") || strings.Contains(page, "{policy}") || strings.Contains(page, "<title>rings <b>") {
		t.Error("policy or title are not as they should be")
	}
	m := dataElement.FindStringSubmatch(page)
	if m == nil {
		t.Fatal("no data in the page")
	}
	var d PageData
	if err := json.Unmarshal([]byte(m[1]), &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Log) != 50 || len(d.Notes) != 1 || len(d.Pictures) != 3 || len(d.Plots) != 1 || d.Live {
		t.Errorf("%d log steps, %d notes, %d pictures, %d plots", len(d.Log), len(d.Notes), len(d.Pictures), len(d.Plots))
	}
	if d.Plots[0].Name != "autocorrelation" || !strings.HasPrefix(d.Pictures[2].Src, "data:image/png;base64,iVBOR") || d.Pictures[2].Step != 20 {
		t.Errorf("plot %q, picture %+v", d.Plots[0].Name, d.Pictures[2].Step)
	}
	if strings.Count(page, "<script") != 2 || strings.Count(page, "alert(1)") != 1 {
		t.Error("a message of the log became markup")
	}
}

func TestPageSelectsFromLongRuns(t *testing.T) {
	dir := makeRun(t, 30000, 200)
	if err := WritePage(dir); err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(filepath.Join(dir, "report.html"))
	var d PageData
	if err := json.Unmarshal(dataElement.FindSubmatch(b)[1], &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Log) > pageRows+1 || len(d.Log) < pageRows/3 || len(d.Pictures) != pagePictures {
		t.Errorf("%d log steps and %d pictures in the page", len(d.Log), len(d.Pictures))
	}
	if d.Pictures[0].Step != 0 || d.Pictures[pagePictures-1].Step != 1990 || d.Log[len(d.Log)-1].Step != 30000 {
		t.Error("first or last are missing")
	}
	for _, want := range []string{"of 30000 log steps are left out", "60 of 200 sample pictures"} {
		if !bytes.Contains(b, []byte(want)) {
			t.Errorf("%q is not said", want)
		}
	}
}

func TestLoadRunRefusesOtherFolders(t *testing.T) {
	if _, err := LoadRun(t.TempDir()); err == nil || !strings.Contains(err.Error(), "neither") {
		t.Errorf("an empty folder gave %v", err)
	}
	if _, err := LoadRun(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("no folder at all passed")
	}
	dir := makeRun(t, 2, 1)
	if err := os.Truncate(filepath.Join(dir, "samples", "step-000000.png"), maxPictureFile+1); err != nil {
		t.Fatal(err)
	}
	if err := WritePage(dir); err == nil {
		t.Error("a picture of 16 MB passed")
	}
	os.WriteFile(filepath.Join(dir, "state.json"), []byte("{broken"), 0o666)
	if r, err := LoadRun(dir); err != nil || r.State != nil {
		t.Errorf("a half-written state gave %s, %v", r.State, err)
	}
}

func TestThinEventsKeepsTheExtremes(t *testing.T) {
	log := make([]run.Event, 10000)
	for i := range log {
		log[i] = run.Event{Step: int64(i), Gap: run.Float(math.Sin(float64(i))), GradientNorm: run.Float(math.Cos(float64(i)))}
	}
	log[4321].Gap = 50
	log[77].GradientNorm = -50
	log[5000].Extra = map[string]run.Float{"kl": 1}
	thin := ThinEvents(log, 1000)
	found := 0
	for i, e := range thin {
		if i > 0 && e.Step <= thin[i-1].Step {
			t.Fatal("log steps out of order")
		}
		if e.Step == 4321 || e.Step == 77 || e.Step == 5000 || e.Step == 9999 {
			found++
		}
	}
	if found != 4 || len(thin) > 1002 {
		t.Errorf("%d of 4 marked steps in %d", found, len(thin))
	}
}

func FuzzEvents(f *testing.F) {
	var b bytes.Buffer
	w := json.NewEncoder(&b)
	w.Encode(run.Event{Step: 1, Gap: run.Float(math.NaN()), Extra: map[string]run.Float{"kl": 2}})
	w.Encode(run.Event{Step: 2, Kind: "rollback", Message: "back"})
	f.Add(b.Bytes())
	f.Add([]byte("{\"step\":1}\n\n{\"step\":1,\"gap\":\"+Inf\"}\n{\"gap\":null}\n"))
	f.Add([]byte("[]\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		events, offset, err := run.ReadEventsFrom(bytes.NewReader(b), 0)
		if offset < 0 || offset > int64(len(b)) {
			t.Fatalf("offset %d of %d", offset, len(b))
		}
		if err == nil && bytes.IndexByte(b[offset:], '\n') >= 0 {
			t.Fatal("a whole line was left unread")
		}
		run.Timeline(events)
		// What was read can be written, and comes back the same.
		var again bytes.Buffer
		w := json.NewEncoder(&again)
		for _, e := range events {
			if err := w.Encode(e); err != nil {
				t.Fatal(err)
			}
		}
		once := bytes.Clone(again.Bytes())
		second, _, err := run.ReadEventsFrom(bytes.NewReader(once), 0)
		if err != nil || len(second) != len(events) {
			t.Fatalf("%d events came back as %d, %v", len(events), len(second), err)
		}
		var third bytes.Buffer
		w = json.NewEncoder(&third)
		for _, e := range second {
			w.Encode(e)
		}
		if !bytes.Equal(third.Bytes(), once) {
			t.Fatal("events change when they are written twice")
		}
		var page bytes.Buffer
		if err := RenderPage(&page, "fuzz", "", NewPageData(events, 100)); err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(page.Bytes(), []byte("<script")); n != 2 {
			t.Fatalf("%d scripts in the page", n)
		}
	})
}
