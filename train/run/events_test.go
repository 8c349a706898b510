package run

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEventsRoundTrip(t *testing.T) {
	in := []Event{
		{Step: 10, Seconds: 1.5, Gap: -0.25, FData: 1, FChains: 1.25, GradientNorm: 0.1, Rate: 1e-4, Memory: 1 << 30},
		{Step: 20, Seconds: 3, Gap: Float(math.NaN()), FData: Float(math.Inf(1)), FChains: Float(math.Inf(-1))},
		{Step: 20, Kind: "rollback", Message: "gap is NaN: back to step 10", Extra: map[string]Float{"kl": 0.5}},
	}
	var b bytes.Buffer
	w := json.NewEncoder(&b)
	for _, e := range in {
		if err := w.Encode(e); err != nil {
			t.Fatal(err)
		}
	}
	b.WriteString(`{"step": 30, "ga`) // a kill in the middle of a line
	out, _, err := decodeEvents(&b, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(out) != 3 {
		t.Fatalf("read %d events, want 3", len(out))
	}
	if out[0].Gap != in[0].Gap || out[0].Memory != in[0].Memory || out[0].Seconds != 1.5 {
		t.Errorf("event 0 came back as %+v", out[0])
	}
	if !math.IsNaN(float64(out[1].Gap)) || !math.IsInf(float64(out[1].FData), 1) || !math.IsInf(float64(out[1].FChains), -1) {
		t.Errorf("event 1 came back as %+v", out[1])
	}
	if out[2].Kind != "rollback" || out[2].Extra["kl"] != 0.5 {
		t.Errorf("event 2 came back as %+v", out[2])
	}
}

func TestReadEventsNamesFileAndOffset(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	if err := os.WriteFile(path, []byte("{\"step\":1}\nnonsense\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := ReadEvents(path)
	if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "byte 11") {
		t.Errorf("error %v names neither the file nor byte 11", err)
	}
	if _, err := ReadEvents(t.TempDir()); err == nil {
		t.Error("a folder was read as a file")
	}
	long := strings.Repeat("x", maxEventLine+1<<17)
	if _, _, err := decodeEvents(strings.NewReader(long+"\n"), 0); err == nil {
		t.Error("a line of a megabyte passed")
	}
}

func TestTimelineKeepsTheNewestWriting(t *testing.T) {
	events := []Event{{Step: 1}, {Step: 2, Gap: 9}, {Step: 3, Gap: 9}, {Step: 1, Kind: "rollback"}, {Step: 2, Gap: 1}, {Step: 3, Gap: 1}}
	got := Timeline(events)
	if len(got) != 4 || got[0].Step != 1 || got[1].Kind != "rollback" || got[2].Gap != 1 || got[3].Gap != 1 {
		t.Errorf("timeline %+v", got)
	}
}
