package report

import (
	"bytes"
	"encoding/binary"
	"image"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"anila/train/run"
)

// The check value of CRC-32C is e3069283 (RFC 3720); the mask is redone here in 64-bit arithmetic from its definition in
// TensorFlow's crc32c.h.
func TestMaskedCRC(t *testing.T) {
	c := uint64(0xe3069283)
	want := uint32(((c>>15|c<<17)&0xffffffff + 0xa282ead8) & 0xffffffff)
	if got := maskedCRC([]byte("123456789")); got != want {
		t.Errorf("masked CRC %08x, want %08x", got, want)
	}
}

// fields splits a message into its fields.
func fields(t *testing.T, b []byte) map[protowire.Number][]any {
	t.Helper()
	out := map[protowire.Number][]any{}
	for len(b) > 0 {
		num, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		b = b[n:]
		var v any
		switch kind {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			v, n = protowire.ConsumeFixed32(b)
		case protowire.Fixed64Type:
			v, n = protowire.ConsumeFixed64(b)
		default:
			v, n = protowire.ConsumeBytes(b)
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		b = b[n:]
		out[num] = append(out[num], v)
	}
	return out
}

// records undoes the framing, checksums held.
func records(t *testing.T, b []byte) [][]byte {
	t.Helper()
	var out [][]byte
	for len(b) > 0 {
		n := binary.LittleEndian.Uint64(b)
		if maskedCRC(b[:8]) != binary.LittleEndian.Uint32(b[8:]) {
			t.Fatal("checksum of a length is wrong")
		}
		message := b[12 : 12+n]
		if maskedCRC(message) != binary.LittleEndian.Uint32(b[12+n:]) {
			t.Fatal("checksum of a message is wrong")
		}
		out = append(out, message)
		b = b[16+n:]
	}
	return out
}

func TestTensorBoardDecodes(t *testing.T) {
	now := time.UnixMilli(1700000000500)
	dir := t.TempDir()
	tb, err := CreateTensorBoard(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	e := run.Event{Step: 300, Gap: -0.5, Rate: 1e-3, Memory: 1 << 20, Extra: map[string]run.Float{"kl": 0.25, "a": 1}}
	if err := tb.Log(e, now); err != nil {
		t.Fatal(err)
	}
	if err := tb.Log(run.Event{Kind: "checkpoint"}, now); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "step-000301.png")
	if err := WritePNG(path, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	if err := tb.Picture(301, "samples", path, now); err != nil {
		t.Fatal(err)
	}
	if err := tb.Picture(301, "samples", dir, now); err == nil {
		t.Error("a folder passed for a picture")
	}
	if err := tb.Close(); err != nil {
		t.Fatal(err)
	}
	got := records(t, eventFile(t, dir))
	if len(got) != 3 {
		t.Fatalf("%d records, want version, scalars, image", len(got))
	}
	version := fields(t, got[0])
	if string(version[3][0].([]byte)) != "brain.Event:2" || math.Float64frombits(version[1][0].(uint64)) != 1700000000.5 {
		t.Errorf("first record %v", version)
	}
	scalars := fields(t, got[1])
	if scalars[2][0].(uint64) != 300 {
		t.Errorf("step %v", scalars[2])
	}
	values := map[string]float32{}
	for _, v := range fields(t, scalars[5][0].([]byte))[1] {
		f := fields(t, v.([]byte))
		values[string(f[1][0].([]byte))] = math.Float32frombits(f[2][0].(uint32))
	}
	if len(values) != 5 || values["energy/gap"] != -0.5 || values["extra/kl"] != 0.25 || values["machine/memory_bytes"] != 1<<20 {
		t.Errorf("scalars %v", values)
	}
	picture := fields(t, fields(t, fields(t, fields(t, got[2])[5][0].([]byte))[1][0].([]byte))[4][0].([]byte))
	if picture[1][0].(uint64) != 30 || picture[2][0].(uint64) != 40 || picture[3][0].(uint64) != 3 || !bytes.HasPrefix(picture[4][0].([]byte), []byte("\x89PNG")) {
		t.Errorf("image %v", picture)
	}
}

// TestTensorBoardSeesSessions: what begins, goes on or goes back tells TensorBoard the first step that comes anew, as a session
// that starts (field 7 of Event, status 1).
func TestTensorBoardSeesSessions(t *testing.T) {
	for kind, want := range map[string]bool{"start": true, "resume": true, "rollback": true, "checkpoint": false, "": false} {
		r := &run.Run{Folder: &run.Folder{Path: t.TempDir()}}
		s := New(r).(*session)
		if err := s.Event(run.Event{Step: 40, Kind: kind, Gap: 1}); err != nil {
			t.Fatal(err)
		}
		s.board.Close()
		var starts []uint64
		for _, b := range records(t, eventFile(t, r.Folder.Path)) {
			f := fields(t, b)
			if f[7] != nil && fields(t, f[7][0].([]byte))[1][0].(uint64) == 1 {
				starts = append(starts, f[2][0].(uint64))
			}
		}
		if (len(starts) == 1 && starts[0] == 41) != want || len(starts) > 1 {
			t.Errorf("%q: sessions start at %v", kind, starts)
		}
	}
}

// eventFile returns the content of the one event file in dir.
func eventFile(t *testing.T, dir string) []byte {
	t.Helper()
	names, _ := filepath.Glob(filepath.Join(dir, "events.out.tfevents.*"))
	if len(names) != 1 {
		t.Fatalf("event files %v", names)
	}
	b, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A record that cannot be written leaves nothing behind, and later ones follow the last whole one.
func TestTensorBoardSurvivesAFailure(t *testing.T) {
	dir := t.TempDir()
	tb, err := CreateTensorBoard(dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	tb.Log(run.Event{Step: 1, Gap: 1}, time.Now())
	name, good := tb.file.Name(), tb.file
	if tb.file, err = os.Open(name); err != nil { // opened for reading: every write fails
		t.Fatal(err)
	}
	if err := tb.Log(run.Event{Step: 2, Gap: 1}, time.Now()); err == nil {
		t.Error("a failed write went unseen")
	}
	tb.file.Close()
	tb.file = good
	if err := tb.Log(run.Event{Step: 3, Gap: 1}, time.Now()); err != nil {
		t.Error(err)
	}
	tb.Close()
	if got := records(t, eventFile(t, dir)); len(got) != 3 {
		t.Errorf("%d records, want the version and two log steps", len(got))
	}
	if _, err := CreateTensorBoard(filepath.Join(dir, "none"), time.Now()); err == nil {
		t.Error("a folder that is not there passed")
	}
}
