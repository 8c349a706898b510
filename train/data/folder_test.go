package data

import (
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
)

// pictures puts the same small picture under names below a folder.
func pictures(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := bmp.Encode(f, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
}

func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(to, path); err != nil {
		t.Skip(err)
	}
}

// TestLinksAreFollowed: a folder is the same whether it, a class, a picture or the way to it is a link; nothing is read twice
// or for ever, and what leads nowhere is told.
func TestLinksAreFollowed(t *testing.T) {
	all := t.TempDir()
	at := func(name string) string { return filepath.Join(all, filepath.FromSlash(name)) }
	pictures(t, all, "real/1.bmp", "real/2.bmp", "real/3.bmp", "classes/cat/1.bmp", "classes/cat/2.bmp", "other/dog/1.bmp", "other/dog/deep/2.bmp", "single/x.bmp")
	link(t, "real", at("link"))
	link(t, "link", at("link-to-link"))
	link(t, "../other/dog", at("classes/dog"))
	link(t, at("classes"), at("absolute"))
	link(t, "../single/x.bmp", at("files/a.bmp"))
	link(t, "../single", at("mixed/linked"))
	pictures(t, all, "mixed/own/1.bmp", "loop/a/1.bmp", "twice/a/1.bmp", "late/z/1.bmp")
	link(t, "..", at("loop/a/back"))
	link(t, "../../loop", at("loop/a/self"))
	link(t, "a", at("twice/b"))
	link(t, "z", at("late/a"))
	link(t, "nowhere", at("single/gone"))
	link(t, "ring2", at("single/ring1"))
	link(t, "ring1", at("single/ring2"))
	for i := range 40 { // two ways from each of 40 folders to the next: 2⁴⁰ paths
		pictures(t, all, fmt.Sprintf("many/f%02d/p.bmp", i))
		link(t, fmt.Sprintf("../f%02d", (i+1)%40), at(fmt.Sprintf("many/f%02d/a", i)))
		link(t, fmt.Sprintf("../f%02d", (i+1)%40), at(fmt.Sprintf("many/f%02d/b", i)))
	}
	for _, c := range []struct {
		dir   string
		want  string // paths, or their number
		notes int
	}{
		{"real", "1.bmp 2.bmp 3.bmp", 0},
		{"link", "1.bmp 2.bmp 3.bmp", 0},
		{"link-to-link", "1.bmp 2.bmp 3.bmp", 0},
		{"classes", "cat/1.bmp cat/2.bmp dog/1.bmp dog/deep/2.bmp", 0},
		{"absolute", "cat/1.bmp cat/2.bmp dog/1.bmp dog/deep/2.bmp", 0},
		{"files", "a.bmp", 0},
		{"mixed", "linked/x.bmp own/1.bmp", 3},
		{"loop", "a/1.bmp", 2},
		{"twice", "a/1.bmp", 1},
		{"late", "z/1.bmp", 1}, // what is there keeps its name, though the link comes first
		{"single", "x.bmp", 3},
		{"many", "40", 80},
	} {
		found, err := walk(at(c.dir))
		if err != nil {
			t.Fatalf("%s: %v", c.dir, err)
		}
		if got := strings.Join(found.pictures, " "); got != c.want && fmt.Sprint(len(found.pictures)) != c.want || len(found.notes) != c.notes {
			t.Errorf("%s: %q, notes %q; want %q and %d notes", c.dir, got, found.notes, c.want, c.notes)
		}
		for _, note := range found.notes {
			if !strings.HasPrefix(note, "left out: ") {
				t.Errorf("%s: note %q", c.dir, note)
			}
		}
		// All who look at folders agree.
		s, err := Open("folder", at(c.dir), 2)
		if err != nil || s.(*Images).Len() != len(found.pictures) || !slices.Equal(s.(*Images).Notes(), found.notes) {
			t.Errorf("%s: %v", c.dir, err)
		}
		d, err := Inspect(t.Context(), at(c.dir), 2)
		if err != nil || d.Shape[0] != len(found.pictures) || !slices.Equal(d.Notes, found.notes) {
			t.Errorf("%s: %+v, %v", c.dir, d, err)
		}
		if p, err := Locate(at(c.dir), ""); err != nil || p.Name != "folder" {
			t.Errorf("%s: %+v, %v", c.dir, p, err)
		}
	}
	set, err := Open("folder", at("absolute"), 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{0, 0, 1, 1} {
		if l, ok := set.(Set).Label(i); !ok || l != want {
			t.Errorf("label of picture %d behind links: %d, %v", i, l, ok)
		}
	}
	link(t, "nowhere.bmp", at("real/4.bmp"))
	if _, err := Open("folder", at("real"), 2); err == nil || !strings.Contains(err.Error(), "4.bmp") {
		t.Errorf("a picture whose link leads nowhere: %v", err)
	}
}

// TestFlowersBehindALink: the set is found where inspect finds it.
func TestFlowersBehindALink(t *testing.T) {
	dir := t.TempDir()
	pictures(t, dir, "elsewhere/image_00001.jpg", "elsewhere/image_00002.jpg")
	link(t, "../elsewhere", filepath.Join(dir, "data", flowersFolder))
	d, err := Inspect(t.Context(), filepath.Join(dir, "data"), 2)
	if err != nil || !slices.Equal(d.Sets, []string{"flowers"}) {
		t.Fatalf("%+v, %v", d, err)
	}
	if s, err := Open("flowers", filepath.Join(dir, "data"), 2); err != nil || s.(Set).Len() != 2 {
		t.Errorf("%v", err)
	}
}

// TestEveryEndingOfAPicture: each is read whatever its case, and by what is in it; the rest is counted aloud.
func TestEveryEndingOfAPicture(t *testing.T) {
	for _, ending := range []string{".jpg", ".JPG", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".dib", ".gif", ".tif", ".TIFF"} {
		dir := t.TempDir()
		pictures(t, dir, "x"+ending)
		if s, err := Open("folder", dir, 2); err != nil || s.(Set).Len() != 1 {
			t.Errorf("%s: %v", ending, err)
		}
	}
	dir := t.TempDir()
	pictures(t, dir, "a.bmp", "b.heic", "c.heic", "d.HEIC", "sub/e.txt", "sub/README", "sub/f.avif", ".hidden.txt", "g.svg", "h.psd", "i.raw", "j.zip")
	s, err := Open("folder", dir, 2)
	if err != nil {
		t.Fatal(err)
	}
	const want = "left out: 10 files that are no pictures by their names (3 .heic, 1 without an ending, 1 .avif, 1 .psd, 1 .raw, 1 .svg, …)"
	if notes := s.(*Images).Notes(); !slices.Equal(notes, []string{want}) {
		t.Errorf("%q", notes)
	}
	empty := t.TempDir()
	pictures(t, empty, "b.heic")
	for what, err := range map[string]error{
		"Open":    second(Open("folder", empty, 2)),
		"Inspect": second(Inspect(t.Context(), empty, 2)),
		"Locate":  second(Locate(empty, "")),
	} {
		if err == nil || !strings.Contains(err.Error(), "1 .heic") {
			t.Errorf("%s of no pictures: %v", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestUnreadableFolders: one among others is left out with a word, the folder itself is an error, and neither is "not there".
func TestUnreadableFolders(t *testing.T) {
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		// For whom every folder can be read: links that lead to themselves stand for the rest.
		t.Log("as a user who may read everything: with links in a ring alone")
	}
	dir := t.TempDir()
	pictures(t, dir, "a/1.bmp", "lost+found/2.bmp")
	if os.Getuid() != 0 {
		os.Chmod(filepath.Join(dir, "lost+found"), 0)
		defer os.Chmod(filepath.Join(dir, "lost+found"), 0o777)
		s, err := Open("folder", dir, 2)
		if err != nil || s.(Set).Len() != 1 || len(s.(*Images).Notes()) != 1 || !strings.Contains(s.(*Images).Notes()[0], "lost+found") {
			t.Errorf("%v", err)
		}
	}
	ring := filepath.Join(dir, "ring")
	link(t, "ring", ring)
	for what, err := range map[string]error{
		"folder":  second(Open("folder", ring, 2)),
		"cifar10": second(Open("cifar10", ring, 2)),
		"mnist":   second(Open("mnist", ring, 2)),
		"flowers": second(Open("flowers", ring, 2)),
		"Inspect": second(Inspect(t.Context(), ring, 2)),
	} {
		if err == nil || strings.Contains(err.Error(), "not found") || !strings.Contains(err.Error(), "ring") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestFirstOfAnimation: of a GIF whose first picture covers a part of the canvas the whole canvas is read, white where
// nothing was drawn.
func TestFirstOfAnimation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.gif")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	palette := color.Palette{color.Black, color.NRGBA{200, 0, 0, 255}}
	first, next := image.NewPaletted(image.Rect(1, 1, 3, 3), palette), image.NewPaletted(image.Rect(0, 0, 4, 4), palette)
	for i := range first.Pix {
		first.Pix[i] = 1
	}
	err = gif.EncodeAll(f, &gif.GIF{Image: []*image.Paletted{first, next}, Delay: []int{1, 1}, Config: image.Config{Width: 4, Height: 4}})
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	got, err := ReadPicture(path, 4)
	if err != nil {
		t.Fatal(err)
	}
	for y := range 4 {
		for x := range 4 {
			want := []byte{255, 255, 255}
			if x >= 1 && x < 3 && y >= 1 && y < 3 {
				want = []byte{200, 0, 0}
			}
			if p := got[(y*4+x)*3:][:3]; !slices.Equal(p, want) {
				t.Errorf("(%d, %d) is %v, want %v", x, y, p, want)
			}
		}
	}
}
