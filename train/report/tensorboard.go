package report

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image/png"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"anila/internal/files"
	"anila/train/run"
)

// TensorBoard writes an event file: records of TensorFlow's framing (length, masked CRC-32C of the length, data, masked
// CRC-32C of the data), each an Event message of tensorflow/core/util/event.proto. Only what is used here is known here.
// Its methods may be called from several goroutines.
type TensorBoard struct {
	mu   sync.Mutex
	file *os.File
	end  int64 // of the last whole record
}

// Field numbers of Event, Summary, Summary.Value and Summary.Image.
const (
	eventWallTime, eventStep, eventFileVersion, eventSummary, eventSessionLog = 1, 2, 3, 5, 7

	sessionStatus, sessionStart = 1, 1

	summaryValue                       = 1
	valueTag, valueSimple, valueImage  = 1, 2, 4
	imageHeight, imageWidth            = 1, 2
	imageColorspace, imageEncoded, rgb = 3, 4, 3
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// maskedCRC is TensorFlow's checksum: CRC-32C rotated right by 15 bits plus a constant.
func maskedCRC(b []byte) uint32 {
	c := crc32.Checksum(b, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}

// CreateTensorBoard begins an event file in dir, named as TensorBoard expects: one file for each session of a run, and
// TensorBoard shows them as one.
func CreateTensorBoard(dir string, now time.Time) (*TensorBoard, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	name := fmt.Sprintf("events.out.tfevents.%010d.%s.%d", now.Unix(), filepath.Base(host), os.Getpid())
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	t := &TensorBoard{file: f}
	version := protowire.AppendString(protowire.AppendTag(wallTime(now), eventFileVersion, protowire.BytesType), "brain.Event:2")
	if err := t.record(version); err != nil {
		f.Close()
		return nil, err
	}
	return t, nil
}

// Restart says that the run goes on after a step: what was written of later ones, in this file or in those of earlier
// sessions, counts no more.
func (t *TensorBoard) Restart(after int64, now time.Time) error {
	status := protowire.AppendVarint(protowire.AppendTag(nil, sessionStatus, protowire.VarintType), sessionStart)
	b := protowire.AppendVarint(protowire.AppendTag(wallTime(now), eventStep, protowire.VarintType), uint64(after+1))
	return t.record(protowire.AppendBytes(protowire.AppendTag(b, eventSessionLog, protowire.BytesType), status))
}

// Close closes the file.
func (t *TensorBoard) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.file.Close()
}

// Log writes the values of an event, one scalar for each that is not zero.
func (t *TensorBoard) Log(e run.Event, now time.Time) error {
	var summary []byte
	add := func(tag string, v run.Float) {
		if v == 0 {
			return
		}
		value := protowire.AppendString(protowire.AppendTag(nil, valueTag, protowire.BytesType), tag)
		value = protowire.AppendFixed32(protowire.AppendTag(value, valueSimple, protowire.Fixed32Type), math.Float32bits(float32(v)))
		summary = protowire.AppendBytes(protowire.AppendTag(summary, summaryValue, protowire.BytesType), value)
	}
	add("energy/gap", e.Gap)
	add("energy/f_data", e.FData)
	add("energy/f_chains", e.FChains)
	add("chains/gradient_norm", e.GradientNorm)
	add("chains/displacement", e.Displacement)
	add("chains/limited", e.Limited)
	add("chains/acceptance", e.Acceptance)
	add("optimizer/loss", e.Loss)
	add("optimizer/rate", e.Rate)
	add("optimizer/gradient_norm", e.ParameterGradientNorm)
	add("machine/iterations_per_second", e.IterationsPerSecond)
	add("machine/langevin_steps_per_second", e.LangevinStepsPerSecond)
	add("machine/communication_seconds", e.Communication)
	add("machine/busy_seconds", e.Busy)
	add("machine/memory_bytes", run.Float(e.Memory))
	for _, name := range slices.Sorted(maps.Keys(e.Extra)) {
		add("extra/"+name, e.Extra[name])
	}
	if summary == nil {
		return nil
	}
	return t.summary(e.Step, now, summary)
}

// Picture writes a PNG file under a tag.
func (t *TensorBoard) Picture(step int64, tag, path string, now time.Time) error {
	b, err := files.ReadSmall(path, maxPictureFile)
	if err != nil {
		return err
	}
	size, err := png.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return fmt.Errorf("report: %s: %w", path, err)
	}
	var m []byte
	for _, f := range []struct {
		field protowire.Number
		v     int
	}{{imageHeight, size.Height}, {imageWidth, size.Width}, {imageColorspace, rgb}} {
		m = protowire.AppendVarint(protowire.AppendTag(m, f.field, protowire.VarintType), uint64(f.v))
	}
	m = protowire.AppendBytes(protowire.AppendTag(m, imageEncoded, protowire.BytesType), b)
	value := protowire.AppendString(protowire.AppendTag(nil, valueTag, protowire.BytesType), tag)
	value = protowire.AppendBytes(protowire.AppendTag(value, valueImage, protowire.BytesType), m)
	return t.summary(step, now, protowire.AppendBytes(protowire.AppendTag(nil, summaryValue, protowire.BytesType), value))
}

func (t *TensorBoard) summary(step int64, now time.Time, summary []byte) error {
	b := protowire.AppendVarint(protowire.AppendTag(wallTime(now), eventStep, protowire.VarintType), uint64(step))
	return t.record(protowire.AppendBytes(protowire.AppendTag(b, eventSummary, protowire.BytesType), summary))
}

// record frames one message and appends it. Of a write that fails half-way (a full disk) nothing stays: readers give up at
// a torn record, and what follows it would be lost to them.
func (t *TensorBoard) record(message []byte) error {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(message)))
	b = binary.LittleEndian.AppendUint32(b, maskedCRC(b))
	b = append(b, message...)
	b = binary.LittleEndian.AppendUint32(b, maskedCRC(message))
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, err := t.file.WriteAt(b, t.end); err != nil {
		return fmt.Errorf("report: TensorBoard events: %w", errors.Join(err, t.file.Truncate(t.end)))
	}
	t.end += int64(len(b))
	return nil
}

func wallTime(now time.Time) []byte {
	seconds := float64(now.UnixMicro()) / 1e6
	return protowire.AppendFixed64(protowire.AppendTag(nil, eventWallTime, protowire.Fixed64Type), math.Float64bits(seconds))
}
