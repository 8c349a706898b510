package data

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"anila/internal/files"
)

// tree is what a folder of pictures holds.
type tree struct {
	pictures []string // slash-separated paths, in byte order
	top      int      // of them in the folder itself
	notes    []string // what was left out, for people
}

// maxFolders bounds the folders that are looked into: links can make a few of them many.
const maxFolders = 1 << 20

// walk finds the pictures under dir. Links are followed, to files and to folders; a folder that is read already, through
// another link or because a link leads back to it, is not read again. Hidden files and folders are left out; that other files
// are, and folders that cannot be read, is noted.
func walk(dir string) (*tree, error) {
	w := walker{root: dir, other: map[string]int{}, read: map[string]string{}}
	st, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	if !st.IsDir() {
		return nil, files.Errorf(dir, -1, "is not a folder")
	}
	if err := w.folder(""); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	// Links to folders come after all that lies below dir itself, which keeps its own names.
	for len(w.links) > 0 {
		links := w.links
		w.links = nil
		slices.Sort(links)
		for _, name := range links {
			if err := w.folder(name); err != nil {
				w.left(name, err)
			}
		}
	}
	slices.Sort(w.found.pictures)
	slices.Sort(w.found.notes)
	if note := w.others(); note != "" {
		w.found.notes = append(w.found.notes, note)
	}
	return &w.found, nil
}

type walker struct {
	root  string
	found tree
	links []string          // to folders, not yet followed
	read  map[string]string // folders that were read: their place on the disk → their name here
	other map[string]int    // files left out, by ending
}

func (w *walker) path(name string) string { return filepath.Join(w.root, filepath.FromSlash(name)) }

// left notes something that is not read.
func (w *walker) left(name string, why any) {
	w.found.notes = append(w.found.notes, fmt.Sprintf("left out: %s: %v", name, why))
}

// folder reads a folder of that name and those in it.
func (w *walker) folder(name string) error {
	place, err := filepath.EvalSymlinks(w.path(name))
	if err == nil {
		place, err = filepath.Abs(place)
	}
	if err != nil {
		return err
	}
	if before, ok := w.read[place]; ok {
		w.left(name, fmt.Sprintf("leads to %s, which is read already", w.path(before)))
		return nil
	}
	if len(w.read) == maxFolders {
		return fmt.Errorf("more than %d folders", maxFolders)
	}
	entries, err := os.ReadDir(place)
	if err != nil {
		return err
	}
	w.read[place] = name
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		at := strings.TrimPrefix(name+"/"+e.Name(), "/")
		mode := e.Type()
		if mode&os.ModeSymlink != 0 {
			st, err := os.Stat(w.path(at))
			if err != nil && !isPicture(at) { // a picture that cannot be read is an error, as any other
				w.left(at, reason(err))
				continue
			}
			if err == nil && st.IsDir() {
				w.links = append(w.links, at)
				continue
			}
		}
		switch {
		case mode.IsDir():
			if err := w.folder(at); err != nil {
				w.left(at, reason(err))
			}
		case isPicture(at):
			w.found.pictures = append(w.found.pictures, at)
			if name == "" {
				w.found.top++
			}
		default:
			w.other[strings.ToLower(filepath.Ext(at))]++
		}
	}
	return nil
}

// reason is an error of the system without the path.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// others says how many files of other kinds were left out, "" without any.
func (w *walker) others() string {
	total := 0
	var parts []string
	for _, ending := range slices.SortedFunc(maps.Keys(w.other), func(a, b string) int {
		return cmp.Or(cmp.Compare(w.other[b], w.other[a]), strings.Compare(a, b))
	}) {
		total += w.other[ending]
		name := ending
		if name == "" {
			name = "without an ending"
		}
		parts = append(parts, fmt.Sprintf("%d %.20s", w.other[ending], name))
	}
	if total == 0 {
		return ""
	}
	const most = 6
	if len(parts) > most {
		parts = append(parts[:most], "…")
	}
	return fmt.Sprintf("left out: %d files that are no pictures by their names (%s)", total, strings.Join(parts, ", "))
}
