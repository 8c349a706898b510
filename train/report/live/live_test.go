package live

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"anila/train/report"
	"anila/train/run"
)

// folder is a run's folder that a test writes to.
type folder struct {
	t   testing.TB
	dir string
}

func newFolder(t testing.TB) folder {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "rings-small-001")
	if err := os.MkdirAll(filepath.Join(dir, "samples"), 0o777); err != nil {
		t.Fatal(err)
	}
	return folder{t, dir}
}

func (f folder) write(name, text string) {
	f.t.Helper()
	path := filepath.Join(f.dir, name)
	if err := os.WriteFile(path+".new", []byte(text), 0o666); err != nil {
		f.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		f.t.Fatal(err)
	}
}

func (f folder) log(events ...run.Event) {
	f.t.Helper()
	file, err := os.OpenFile(filepath.Join(f.dir, "events.jsonl"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		f.t.Fatal(err)
	}
	defer file.Close()
	for _, e := range events {
		if err := json.NewEncoder(file).Encode(e); err != nil {
			f.t.Fatal(err)
		}
	}
}

func (f folder) picture(step int) {
	f.t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 300, 200))
	for i := range m.Pix {
		m.Pix[i] = byte(i*step) | 3
	}
	if err := report.WritePNG(filepath.Join(f.dir, "samples", fmt.Sprintf("step-%06d.png", step)), m); err != nil {
		f.t.Fatal(err)
	}
}

func listen(t testing.TB, dir string, o Options) *Server {
	t.Helper()
	if o.Every == 0 {
		o.Every = 10 * time.Millisecond
	}
	l, err := Bind("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := Serve(l, dir, o)
	t.Cleanup(func() { s.Close() })
	return s
}

// get asks for a path and returns status, body and headers.
func get(t testing.TB, s *Server, path, host, method string) (int, string, http.Header) {
	t.Helper()
	request, err := http.NewRequest(method, strings.TrimSuffix(s.URL(), "/")+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		request.Host = host
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b), answer.Header
}

// stream reads server-sent events from a cursor into a channel.
func stream(t testing.TB, s *Server, after string) <-chan message {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, "GET", s.URL()+"events?after="+after, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if answer.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("events come as %s: %d", answer.Header.Get("Content-Type"), answer.StatusCode)
	}
	t.Cleanup(func() { cancel(); answer.Body.Close() })
	out := make(chan message, 100)
	go func() {
		defer close(out)
		lines := bufio.NewScanner(answer.Body)
		lines.Buffer(nil, 1<<24)
		for lines.Scan() {
			if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var m message
				if err := json.Unmarshal([]byte(text), &m); err != nil {
					t.Errorf("%v in %q", err, text)
				}
				out <- m
			}
		}
	}()
	return out
}

func receive(t testing.TB, c <-chan message, what string) message {
	t.Helper()
	select {
	case m, ok := <-c:
		if !ok {
			t.Fatalf("the stream ended before %s", what)
		}
		return m
	case <-time.After(20 * time.Second):
		t.Fatalf("no event for %s", what)
	}
	return message{}
}

func TestPageAndStreamFollowTheFolder(t *testing.T) {
	f := newFolder(t)
	s := listen(t, f.dir, Options{})
	status, page, header := get(t, s, "/", "", "GET")
	if status != 200 || !strings.Contains(page, "<title>rings-small-001</title>") || !strings.Contains(page, `"live":true`) {
		t.Fatalf("page of an empty folder: %d\n%.300s", status, page)
	}
	if p := header.Get("Content-Security-Policy"); !strings.HasPrefix(p, "default-src 'none'") || !strings.Contains(p, "connect-src 'self'") {
		t.Errorf("policy %q", p)
	}
	events := stream(t, s, "0")
	f.log(run.Event{Step: 1, Gap: 2}, run.Event{Step: 2, Gap: 3})
	m := receive(t, events, "log steps")
	for len(m.Log) < 2 {
		m.Log = append(m.Log, receive(t, events, "the second log step").Log...)
	}
	if m.Log[1].Gap != 3 {
		t.Errorf("log %+v", m.Log)
	}
	f.picture(100)
	if m = receive(t, events, "a picture"); len(m.Pictures) != 1 || m.Pictures[0].Step != 100 {
		t.Fatalf("pictures %+v", m.Pictures)
	}
	status, body, header := get(t, s, "/"+m.Pictures[0].Src, "", "GET")
	if status != 200 || header.Get("Content-Type") != "image/png" || !strings.HasPrefix(body, "\x89PNG") {
		t.Errorf("picture: %d, %s", status, header.Get("Content-Type"))
	}
	f.write("state.json", `{"status":"running","iteration":7}`)
	if m = receive(t, events, "the status"); !strings.Contains(string(m.State), `"iteration":7`) {
		t.Errorf("state %s", m.State)
	}
	f.write("config.toml", "seed = 5\n")
	if m = receive(t, events, "the configuration"); m.Config != "seed = 5\n" {
		t.Errorf("configuration %q", m.Config)
	}
	// A second visitor gets all of it at once, and one who comes back only what is new.
	if m = receive(t, stream(t, s, "0"), "everything"); len(m.Log) != 2 || len(m.Pictures) != 1 || m.Config == "" {
		t.Errorf("a new visitor gets %+v", m)
	}
	d, _ := s.feed.data()
	late := stream(t, s, fmt.Sprint(d.Seq))
	f.log(run.Event{Step: 2, Kind: "rollback", Message: "back"}, run.Event{Step: 2, Gap: 9})
	m = receive(t, late, "what is new")
	for len(m.Log) == 0 {
		m.Log = receive(t, late, "the log step after the roll-back").Log
	}
	if len(m.Log) != 1 || m.Log[0].Gap != 9 {
		t.Errorf("after a roll-back: %+v", m.Log)
	}
	if d, _ := s.feed.data(); len(d.Log) != 2 || d.Log[1].Gap != 9 || len(d.Notes) != 1 {
		t.Errorf("the page holds %+v", d.Log)
	}
}

func TestARewrittenLogResetsVisitors(t *testing.T) {
	f := newFolder(t)
	f.log(run.Event{Step: 1, Gap: 1}, run.Event{Step: 2, Gap: 2}, run.Event{Step: 3, Gap: 3})
	s := listen(t, f.dir, Options{})
	d, _ := s.feed.data()
	events := stream(t, s, fmt.Sprint(d.Seq))
	f.write("events.jsonl", "{\"step\":1,\"gap\":1}\n")
	if m := receive(t, events, "the reset"); !m.Reset || m.Log != nil {
		t.Errorf("%+v", m)
	}
	if d, _ := s.feed.data(); len(d.Log) != 1 {
		t.Errorf("%d log steps after the file was cut", len(d.Log))
	}
	if m := receive(t, stream(t, s, "999999"), "a cursor of another server"); !m.Reset {
		t.Errorf("%+v", m)
	}
	// A damaged line is said, and what comes after it is read.
	f.log(run.Event{Step: 2})
	file, _ := os.OpenFile(filepath.Join(f.dir, "events.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	io.WriteString(file, "garbage\n")
	file.Close()
	s.feed.poll()
	f.log(run.Event{Step: 3})
	s.feed.poll()
	if d, _ := s.feed.data(); len(d.Log) != 3 || len(d.Notes) != 1 || !strings.Contains(d.Notes[0].Message, "not an event") {
		t.Errorf("log %+v, notes %+v", d.Log, d.Notes)
	}
}

func TestOnlyItsOwnNamesAndMethods(t *testing.T) {
	f := newFolder(t)
	f.picture(1)
	os.WriteFile(filepath.Join(f.dir, "secret.png"), []byte("\x89PNG"), 0o666)
	os.Symlink(filepath.Join(f.dir, "secret.png"), filepath.Join(f.dir, "samples", "link.png"))
	os.Mkdir(filepath.Join(f.dir, "samples", "folder.png"), 0o777)
	s := listen(t, f.dir, Options{Hosts: []string{"Cluster-Node"}})
	for host, want := range map[string]int{
		"": 200, "localhost": 200, "LOCALHOST:1": 200, "127.0.0.1:99": 200, "[::1]:8080": 200, "192.168.1.7": 200, "cluster-node:80": 200, "localhost.": 200,
		"evil.example": 421, "evil.example:80": 421, "127.0.0.1.evil.example": 421, "localhost.evil.example": 421,
	} {
		for _, path := range []string{"/", "/metrics"} {
			if got, _, _ := get(t, s, path, host, "GET"); got != want {
				t.Errorf("Host %q, %s: %d, want %d", host, path, got, want)
			}
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH"} {
		if got, _, _ := get(t, s, "/", "", method); got != 405 {
			t.Errorf("%s: %d", method, got)
		}
	}
	if got, _, _ := get(t, s, "/events", "", "HEAD"); got != 200 {
		t.Errorf("HEAD of the stream: %d", got)
	}
	for path, want := range map[string]int{
		"/samples/step-000001.png": 200, "/samples/none.png": 404, "/samples/link.png": 404, "/samples/folder.png": 404,
		"/samples/..%2fsecret.png": 404, "/samples/%2e%2e/secret.png": 404, "/samples/.hidden.png": 404, "/samples/..%5csecret.png": 404,
		"/config.toml": 404, "/samples/": 404, "/plots/gap.png": 404, "/debug/pprof/": 404, "/events?after=x": 400, "/favicon.ico": 404,
	} {
		if got, _, _ := get(t, s, path, "", "GET"); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}

func TestMetricsAndProfiles(t *testing.T) {
	f := newFolder(t)
	f.log(run.Event{Step: 40, Seconds: 2.5, Gap: -0.5, Rate: 1e-3, Memory: 1 << 20})
	f.write("state.json", `{"rollbacks":2}`)
	s := listen(t, f.dir, Options{Pprof: true})
	_, text, _ := get(t, s, "/metrics", "", "GET")
	for _, want := range []string{"anila_energy_gap -0.5", "anila_iterations_total 40", "anila_training_seconds_total 2.5", "anila_learning_rate 0.001", "anila_resident_bytes 1.048576e+06", "anila_rollbacks_total 2", "go_goroutines"} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("%q is not among the metrics", want)
		}
	}
	if status, text, _ := get(t, s, "/debug/pprof/goroutine?debug=1", "", "GET"); status != 200 || !strings.Contains(text, "goroutine profile") {
		t.Errorf("pprof: %d", status)
	}
}

func TestAddresses(t *testing.T) {
	s := listen(t, t.TempDir(), Options{})
	if _, err := Bind(s.address.String()); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a port in use gave %v", err)
	}
	for _, address := range []string{":0", "0"} {
		l, err := Bind(address)
		if err != nil {
			t.Fatal(err)
		}
		if !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
			t.Errorf("%q listens on %v", address, l.Addr())
		}
		l.Close()
	}
	for _, address := range []string{"127.0.0.1:http:8", "127.0.0.1:999999", "[::1", "99999", "localhost", "-1", ""} {
		if l, err := Bind(address); !errors.Is(err, ErrAddress) {
			t.Errorf("%q listens on %v, %v", address, l, err)
		}
	}
}

// After Close no goroutine is left, streams end, and the last events have still been sent.
func TestCloseLeavesNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	f := newFolder(t)
	l, err := Bind("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := Serve(l, f.dir, Options{Every: time.Hour})
	var streams []<-chan message
	for range 5 {
		streams = append(streams, stream(t, s, "0"))
	}
	f.log(run.Event{Step: 1, Gap: 4})
	start := time.Now()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if time.Since(start) > 4*time.Second {
		t.Errorf("closing took %v", time.Since(start))
	}
	for i, c := range streams {
		last := message{}
		for m := range c {
			last = m
		}
		if len(last.Log) != 1 || last.Log[0].Gap != 4 {
			t.Errorf("stream %d ended without the last event: %+v", i, last)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	buf := make([]byte, 1<<16)
	t.Errorf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), buf[:runtime.Stack(buf, true)])
}

func TestStreamsAreLimited(t *testing.T) {
	s := listen(t, t.TempDir(), Options{})
	for range maxStreams {
		stream(t, s, "0")
	}
	if got, _, _ := get(t, s, "/events", "", "GET"); got != 503 {
		t.Errorf("visitor %d: %d", maxStreams+1, got)
	}
	if got, _, _ := get(t, s, "/", "", "GET"); got != 200 {
		t.Errorf("the page itself: %d", got)
	}
}

func TestLongRunsAreThinned(t *testing.T) {
	f := newFolder(t)
	feed := newFeed(f.dir)
	for i := range 3 * keptSteps {
		feed.add(run.Event{Step: int64(i), Gap: run.Float(i % 7)})
	}
	d, _ := feed.data()
	if len(d.Log) > keptSteps || len(d.Log) < keptSteps/4 || d.Log[len(d.Log)-1].Step != 3*keptSteps-1 {
		t.Errorf("%d log steps kept", len(d.Log))
	}
	for i := 1; i < len(feed.log); i++ {
		if feed.log[i].seq <= feed.log[i-1].seq {
			t.Fatal("numbers out of order")
		}
	}
}
