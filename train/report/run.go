package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"anila/internal/files"
	"anila/train/run"
)

// Run is what a run's folder shows: enough for a page.
type Run struct {
	Name     string          // base name of the folder
	Config   string          // config.toml
	State    json.RawMessage // state.json; nil while there is none
	Events   []run.Event     // run.Timeline of events.jsonl
	Pictures []Picture       // samples/step-N.png, by step
	Plots    []string        // pictures under plots beside those of WritePlots, relative to the folder, with slashes
}

// Picture is one of the sample pictures of a run.
type Picture struct {
	Step int64
	Path string // relative to the folder, with slashes: samples/step-000100.png
}

// Limits on what a page takes from a folder.
const (
	maxTextFile    = 1 << 20 // config.toml and state.json
	maxPictureFile = 16 << 20
)

// LoadRun reads a run's folder. Files that are not there yet are left out; a folder that is none of a run is an error.
func LoadRun(dir string) (*Run, error) {
	st, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	if !st.IsDir() {
		return nil, fmt.Errorf("report: %s is not a folder", dir)
	}
	full, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	r := &Run{Name: filepath.Base(full)}
	if r.Config, r.State, err = LoadState(dir); err != nil {
		return nil, err
	}
	events, err := run.ReadEvents(filepath.Join(dir, "events.jsonl"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	r.Events = run.Timeline(events)
	if r.Config == "" && err != nil {
		return nil, fmt.Errorf("report: %s is not the folder of a run: it has neither config.toml nor events.jsonl", dir)
	}
	if r.Pictures, err = ListPictures(dir); err != nil {
		return nil, err
	}
	plots, err := fs.Glob(os.DirFS(dir), "plots/*.png")
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	for _, p := range plots {
		if !slices.Contains(plotNames, path.Base(p)) {
			r.Plots = append(r.Plots, p)
		}
	}
	return r, nil
}

// LoadState reads config.toml and state.json of a run; what is not there is empty.
func LoadState(dir string) (config string, state json.RawMessage, err error) {
	var texts [2][]byte
	for i, name := range []string{"config.toml", "state.json"} {
		texts[i], err = files.ReadSmall(filepath.Join(dir, name), maxTextFile)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", nil, fmt.Errorf("report: %w", err)
		}
	}
	if json.Valid(texts[1]) {
		state = texts[1]
	}
	return strings.ToValidUTF8(string(texts[0]), "\uFFFD"), state, nil
}

var pictureName = regexp.MustCompile(`^step-([0-9]{1,15})\.png$`)

// ListPictures returns the sample pictures of a run by step.
func ListPictures(dir string) ([]Picture, error) {
	entries, err := os.ReadDir(filepath.Join(dir, "samples"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	var out []Picture
	for _, e := range entries {
		if m := pictureName.FindStringSubmatch(e.Name()); m != nil && e.Type().IsRegular() {
			step, err := strconv.ParseInt(m[1], 10, 64)
			if err != nil {
				continue
			}
			out = append(out, Picture{step, path.Join("samples", e.Name())})
		}
	}
	slices.SortFunc(out, func(a, b Picture) int { return int(a.Step - b.Step) })
	return out, nil
}
