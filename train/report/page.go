package report

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"anila/internal/files"
	"anila/train/run"
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
	Log      []run.Event     `json:"log"`
	Notes    []run.Event     `json:"notes"` // events that are no log steps
	Pictures []PagePicture   `json:"pictures"`
	Plots    []PagePicture   `json:"plots"`
}

// PagePicture is a picture with the address that shows it.
type PagePicture struct {
	Step int64  `json:"step"`
	Name string `json:"name,omitempty"`
	Src  string `json:"src,omitempty"`

	file string // a PNG to be embedded instead of an address
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
	total := int64(0)
	for _, p := range chosen {
		st, err := os.Stat(filepath.Join(dir, filepath.FromSlash(p.Path)))
		if err != nil {
			return fmt.Errorf("report: %w", err)
		}
		total += st.Size()
	}
	if total > pageBytes {
		chosen = spread(chosen, max(int(int64(len(chosen))*pageBytes/total), 2))
	}
	if len(chosen) < len(r.Pictures) {
		footer += fmt.Sprintf(" %d of %d sample pictures are shown; all are in the folder samples.", len(chosen), len(r.Pictures))
	}
	for _, p := range chosen {
		d.Pictures = append(d.Pictures, PagePicture{Step: p.Step, file: filepath.Join(dir, filepath.FromSlash(p.Path))})
	}
	for _, p := range r.Plots {
		d.Plots = append(d.Plots, PagePicture{Name: strings.TrimSuffix(path.Base(p), ".png"), file: filepath.Join(dir, filepath.FromSlash(p))})
	}
	return writeFile(filepath.Join(dir, "report.html"), func(w io.Writer) error { return RenderPage(w, r.Name, footer, d) })
}

// NewPageData sorts events into log steps, of which it keeps at most about rows, and notes.
func NewPageData(events []run.Event, rows int) *PageData {
	d := &PageData{Log: []run.Event{}, Notes: []run.Event{}, Pictures: []PagePicture{}}
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
func ThinEvents(log []run.Event, n int) []run.Event {
	if len(log) <= n || n < 4 {
		return log
	}
	stretch := (4*len(log) + n - 1) / n
	out := make([]run.Event, 0, n)
	for i := 0; i < len(log); i += stretch {
		part := log[i:min(i+stretch, len(log))]
		keep := map[int]bool{}
		for _, value := range []func(int) run.Float{func(k int) run.Float { return part[k].Gap }, func(k int) run.Float { return part[k].GradientNorm }} {
			least, most := extremes(len(part), value)
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

// RenderPage writes the page. Pictures go from their files to w one at a time: a page of many megabytes is never held in
// memory.
func RenderPage(w io.Writer, title, footer string, d *PageData) error {
	out := bufio.NewWriter(w) // Flush reports the first failure
	before, after, _ := strings.Cut(pageHTML, "{data}")
	strings.NewReplacer("{policy}", html.EscapeString(PagePolicy(d.Live)), "{title}", html.EscapeString(title), "{style}", pageCSS,
		"{footer}", html.EscapeString(footer)).WriteString(out, before)
	if err := d.write(out); err != nil {
		return err
	}
	out.WriteString(strings.Replace(after, "{script}", pageJS, 1))
	return out.Flush()
}

// write writes the data as JSON in which <, > and & are escaped: they cannot end the element that holds them.
func (d *PageData) write(out *bufio.Writer) error {
	short := *d
	short.Pictures, short.Plots = nil, nil
	b, err := json.Marshal(short)
	if err != nil {
		return err
	}
	text, ok := bytes.CutSuffix(b, []byte(`"pictures":null,"plots":null}`))
	if !ok {
		panic("report: pictures are not the last fields of PageData")
	}
	out.Write(text)
	for _, list := range []struct {
		before   string
		pictures []PagePicture
		after    string
	}{{`"pictures":[`, d.Pictures, `],`}, {`"plots":[`, d.Plots, `]}`}} {
		out.WriteString(list.before)
		for i, p := range list.pictures {
			if i > 0 {
				out.WriteByte(',')
			}
			if err := p.write(out); err != nil {
				return err
			}
		}
		out.WriteString(list.after)
	}
	return nil
}

func (p PagePicture) write(out *bufio.Writer) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if p.file == "" {
		out.Write(b)
		return nil
	}
	picture, err := files.ReadSmall(p.file, maxPictureFile)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, `%s,"src":"data:image/png;base64,`, bytes.TrimSuffix(b, []byte("}")))
	e := base64.NewEncoder(base64.StdEncoding, out)
	e.Write(picture)
	e.Close()
	out.WriteString(`"}`)
	return nil
}
