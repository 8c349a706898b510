package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"path/filepath"
	"strings"
)

//go:embed page/page.html
var pageHTML string

//go:embed page/page.css
var pageCSS string

//go:embed page/page.js
var pageJS string

// Limits on the size of report.html.
const (
	pageRows     = 20000    // log steps
	pagePictures = 60       // sample pictures
	pageBytes    = 24 << 20 // of sample pictures
)

// PageData is what the page's script works on, as JSON.
type PageData struct {
	Live     bool            `json:"live"`
	Seq      int64           `json:"seq"`
	Config   string          `json:"config"`
	State    json.RawMessage `json:"state,omitempty"`
	Log      []Event         `json:"log"`
	Notes    []Event         `json:"notes"` // events that are no log steps
	Pictures []PagePicture   `json:"pictures"`
	Plots    []PagePicture   `json:"plots,omitempty"`
}

// PagePicture is a picture with the address that shows it.
type PagePicture struct {
	Step int64  `json:"step"`
	Name string `json:"name,omitempty"`
	Src  string `json:"src"`
}

// WritePage writes DIR/report.html: one file that shows the run without any network. Of many pictures and log steps it
// takes a selection and says so.
func WritePage(dir string) error {
	r, err := LoadRun(dir)
	if err != nil {
		return err
	}
	d := NewPageData(r.Events, pageRows)
	d.Config, d.State = r.Config, r.State
	footer := "One self-contained file: nothing is loaded from anywhere."
	if n := len(r.Events) - len(d.Log) - len(d.Notes); n > 0 {
		footer += fmt.Sprintf(" %d of %d log steps are left out, the extremes kept.", n, len(r.Events)-len(d.Notes))
	}
	chosen := spread(r.Pictures, pagePictures)
	total := 0
	var sources []PagePicture
	for _, p := range chosen {
		src, err := dataURI(filepath.Join(dir, filepath.FromSlash(p.Path)))
		if err != nil {
			return err
		}
		total += len(src)
		sources = append(sources, PagePicture{Step: p.Step, Src: src})
	}
	if total > pageBytes {
		sources = spread(sources, max(len(sources)*pageBytes/total, 2))
	}
	if len(sources) < len(r.Pictures) {
		footer += fmt.Sprintf(" %d of %d sample pictures are shown; all are in the folder samples.", len(sources), len(r.Pictures))
	}
	d.Pictures = append(d.Pictures, sources...)
	for _, p := range r.Plots {
		src, err := dataURI(filepath.Join(dir, filepath.FromSlash(p)))
		if err != nil {
			return err
		}
		d.Plots = append(d.Plots, PagePicture{Name: strings.TrimSuffix(filepath.Base(p), ".png"), Src: src})
	}
	return writeFile(filepath.Join(dir, "report.html"), func(w io.Writer) error { return RenderPage(w, r.Name, footer, d) })
}

// NewPageData sorts events into log steps, of which it keeps at most about rows, and notes.
func NewPageData(events []Event, rows int) *PageData {
	d := &PageData{Log: []Event{}, Notes: []Event{}, Pictures: []PagePicture{}}
	for _, e := range events {
		if e.Kind == "" {
			d.Log = append(d.Log, e)
		} else {
			d.Notes = append(d.Notes, e)
		}
	}
	d.Log = ThinEvents(d.Log, rows)
	return d
}

// ThinEvents keeps at most about n log steps: of each stretch those with the least and greatest gap and gradient norm,
// those with extra values, and the very last.
func ThinEvents(log []Event, n int) []Event {
	if len(log) <= n || n < 4 {
		return log
	}
	stretch := (4*len(log) + n - 1) / n
	out := make([]Event, 0, n)
	for i := 0; i < len(log); i += stretch {
		part := log[i:min(i+stretch, len(log))]
		keep := map[int]bool{}
		for _, value := range []func(int) Float{func(k int) Float { return part[k].Gap }, func(k int) Float { return part[k].GradientNorm }} {
			least, most := 0, 0
			for k := range part {
				if !(value(k) >= value(least)) {
					least = k
				}
				if !(value(k) <= value(most)) {
					most = k
				}
			}
			keep[least], keep[most] = true, true
		}
		for k, e := range part {
			if keep[k] || len(e.Extra) > 0 || i+k == len(log)-1 {
				out = append(out, e)
			}
		}
	}
	return out
}

// spread picks at most n of all, evenly, the first and the last among them.
func spread[T any](all []T, n int) []T {
	if len(all) <= n || n < 2 {
		return all
	}
	out := make([]T, n)
	for i := range out {
		out[i] = all[i*(len(all)-1)/(n-1)]
	}
	return out
}

// PagePolicy is the content security policy of the page: its own script and style, pictures from its own data, or, on the
// live page, from the server it came from. Whatever a run's files say, nothing else is loaded or run.
func PagePolicy(live bool) string {
	sum := sha256.Sum256([]byte(pageJS))
	policy := "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	if live {
		policy = strings.Replace(policy, "img-src data:", "img-src 'self' data:; connect-src 'self'", 1)
	}
	return policy
}

// RenderPage writes the page.
func RenderPage(w io.Writer, title, footer string, d *PageData) error {
	data, err := json.Marshal(d) // escapes <, > and &: the data cannot end their element
	if err != nil {
		return err
	}
	_, err = strings.NewReplacer(
		"{policy}", html.EscapeString(PagePolicy(d.Live)), "{title}", html.EscapeString(title), "{footer}", html.EscapeString(footer),
		"{style}", pageCSS, "{data}", string(data), "{script}", pageJS,
	).WriteString(w, pageHTML)
	return err
}
