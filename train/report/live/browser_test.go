package live

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"anila/train/report"
	"anila/train/run"
)

// browser drives a headless Chromium over its DevTools pipe: JSON messages that end in a zero byte, in on descriptor 3,
// out on 4.
type browser struct {
	t       testing.TB
	in      *os.File
	answers chan []byte
	next    int
	session string
}

// startBrowser starts Chromium with an empty profile, or skips the test by name when there is none.
func startBrowser(t testing.TB) *browser {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skipf("%s: needs chromium", t.Name())
	}
	toRead, toWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	fromRead, fromWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	profile, err := os.MkdirTemp("", "anila-chromium-*")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
		"--no-first-run", "--remote-debugging-pipe", "--window-size=1300,1700", "--user-data-dir="+profile, "about:blank")
	c.ExtraFiles = []*os.File{toRead, fromWrite}
	if err := c.Start(); err != nil {
		t.Skipf("%s: chromium does not start: %v", t.Name(), err)
	}
	toRead.Close()
	fromWrite.Close()
	b := &browser{t: t, in: toWrite, answers: make(chan []byte, 1000)}
	go func() {
		defer close(b.answers)
		r := bufio.NewReader(fromRead)
		for {
			m, err := r.ReadBytes(0)
			if err != nil {
				return
			}
			b.answers <- bytes.TrimSuffix(m, []byte{0})
		}
	}()
	t.Cleanup(func() {
		fmt.Fprint(toWrite, `{"id":999999,"method":"Browser.close"}`, "\x00")
		ended := make(chan struct{})
		go func() { c.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			c.Process.Kill()
			<-ended
		}
		toWrite.Close()
		fromRead.Close()
		os.RemoveAll(profile)
	})
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	b.call("Page.enable", nil, nil)
	b.call("Runtime.enable", nil, nil)
	return b
}

// call sends one command and decodes its result.
func (b *browser) call(method string, parameters any, result any) {
	b.t.Helper()
	b.next++
	m := map[string]any{"id": b.next, "method": method}
	if parameters != nil {
		m["params"] = parameters
	}
	if b.session != "" {
		m["sessionId"] = b.session
	}
	text, err := json.Marshal(m)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.in.Write(append(text, 0)); err != nil {
		b.t.Fatal(err)
	}
	limit := time.After(60 * time.Second)
	for {
		select {
		case text, ok := <-b.answers:
			if !ok {
				b.t.Fatalf("chromium ended before it answered %s", method)
			}
			var answer struct {
				ID     int
				Result json.RawMessage
				Error  *struct{ Message string }
				Method string
				Params json.RawMessage
			}
			if err := json.Unmarshal(text, &answer); err != nil {
				b.t.Fatal(err)
			}
			if answer.Method == "Runtime.exceptionThrown" {
				b.t.Errorf("the page's script fails: %s", answer.Params)
			}
			if answer.ID != b.next {
				continue
			}
			if answer.Error != nil {
				b.t.Fatalf("%s: %s", method, answer.Error.Message)
			}
			if result != nil {
				if err := json.Unmarshal(answer.Result, result); err != nil {
					b.t.Fatal(err)
				}
			}
			return
		case <-limit:
			b.t.Fatalf("no answer to %s", method)
		}
	}
}

// evaluate returns the value of an expression in the page, as a string.
func (b *browser) evaluate(expression string) string {
	b.t.Helper()
	var r struct {
		Result           struct{ Value any }
		ExceptionDetails json.RawMessage
	}
	b.call("Runtime.evaluate", map[string]any{"expression": "String(" + expression + ")"}, &r)
	if r.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, r.ExceptionDetails)
	}
	return fmt.Sprint(r.Result.Value)
}

// until waits for an expression to become true.
func (b *browser) until(expression, what string) {
	b.t.Helper()
	for range 800 {
		if b.evaluate("!!("+expression+")") == "true" {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.t.Fatalf("%s: %s did not become true", what, expression)
}

func (b *browser) open(url string) {
	b.t.Helper()
	b.call("Page.navigate", map[string]any{"url": url}, nil)
	b.until(`document.readyState === "complete" && location.href.startsWith("`+strings.SplitN(url, "?", 2)[0]+`")`, "opening "+url)
}

// screenshot returns a picture of the page; where ANILA_SCREENSHOTS names a folder it is kept there.
func (b *browser) screenshot(name string) []byte {
	b.t.Helper()
	var r struct{ Data string }
	b.call("Page.captureScreenshot", map[string]any{"format": "png"}, &r)
	shot, err := base64.StdEncoding.DecodeString(r.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	if dir := os.Getenv("ANILA_SCREENSHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name), shot, 0o666); err != nil {
			b.t.Error(err)
		}
	}
	return shot
}

// What the end-to-end test looks at.
const (
	gapCurve  = `document.querySelector("#charts figure path:last-of-type").getAttribute("d")`
	gapNumber = `document.querySelectorAll("#tiles .tile b")[2].textContent`
	imageWide = `document.getElementById("picture").naturalWidth`
	imageAddr = `document.getElementById("picture").src`
)

// A browser opens the page while a run goes on, and sees curves, numbers and pictures change without a reload.
func TestBrowserSeesARunChange(t *testing.T) {
	f := newFolder(t)
	f.write("config.toml", "seed = 1\n[data]\nname = \"rings\"\n")
	f.write("state.json", `{"status":"running","iteration":3,"iterations":200}`)
	for i := 1; i <= 3; i++ {
		f.log(run.Event{Step: int64(i), Gap: run.Float(-i), GradientNorm: 1, Rate: 1e-3, IterationsPerSecond: 10, Memory: 1 << 28})
	}
	s := listen(t, f.dir, Options{})
	b := startBrowser(t)
	b.open(s.URL())
	b.until(`document.getElementById("connection").textContent === "live"`, "the stream")
	b.evaluate(`window.marked = 1`) // a reload would lose it
	curve, number := b.evaluate(gapCurve), b.evaluate(gapNumber)
	if number != "−3" || !strings.HasPrefix(curve, "M") || b.evaluate(`document.getElementById("samples").hidden`) != "true" {
		t.Errorf("gap %q, curve %q before there is a picture", number, curve)
	}
	before := b.screenshot("live-before.png")

	f.picture(100)
	b.until(imageWide+" === 300", "the first picture")
	first := b.evaluate(imageAddr)
	for i := 4; i <= 100; i++ {
		f.log(run.Event{Step: int64(i), Gap: run.Float(float64(i%5) / 10), GradientNorm: 1 + run.Float(i%3), Rate: 1e-3, IterationsPerSecond: 10, Memory: 1 << 28})
	}
	f.log(run.Event{Step: 100, Kind: "rollback", Message: "<img src=x onerror=alert(1)>"})
	f.picture(200)
	b.until(imageAddr+` !== "`+first+`" && `+imageWide+" === 300", "the second picture")
	b.until(gapNumber+` === "0"`, "the newest gap")
	if b.evaluate(gapCurve) == curve {
		t.Error("the curve of the gap has not changed")
	}
	if n := b.evaluate(`document.getElementById("slider").max`); n != "1" {
		t.Errorf("the slider ends at %s", n)
	}
	// Back to the first picture: it stays there although a third one comes.
	b.evaluate(`(document.getElementById("slider").value = 0, document.getElementById("slider").dispatchEvent(new Event("input")))`)
	f.picture(300)
	b.until(`document.getElementById("slider").max === "2"`, "the third picture")
	if b.evaluate(imageAddr) != first {
		t.Error("the slider did not stay where it was put")
	}
	if b.evaluate("window.marked") != "1" {
		t.Error("the page was loaded again")
	}
	if got := b.evaluate(`document.querySelectorAll("#notes img").length + " " + document.getElementById("notes").textContent.includes("onerror")`); got != "0 true" {
		t.Errorf("a message became markup: %s", got)
	}
	after := b.screenshot("live-after.png")
	if bytes.Equal(before, after) {
		t.Error("the screenshots are equal")
	}
	if m, err := png.Decode(bytes.NewReader(after)); err != nil || m.Bounds().Dx() < 1000 {
		t.Errorf("screenshot: %v", err)
	}
	// A log that was cut makes the page load again by itself.
	f.write("events.jsonl", "{\"step\":1,\"gap\":42}\n")
	b.until(`document.querySelectorAll("#tiles .tile b")[2]?.textContent === "42"`, "the page after a reset")
}

// The file report.html works from the disk alone.
func TestBrowserShowsTheReport(t *testing.T) {
	f := newFolder(t)
	f.write("config.toml", "seed = 77\n")
	for i := 1; i <= 300; i++ {
		f.log(run.Event{Step: int64(i), Gap: run.Float(float64(i%7) - 3), GradientNorm: 1 + run.Float(i%11), Rate: 1e-3, Extra: map[string]run.Float{"kl": 1}})
	}
	f.picture(10)
	f.picture(20)
	if err := report.WritePage(f.dir); err != nil {
		t.Fatal(err)
	}
	b := startBrowser(t)
	b.open("file://" + filepath.ToSlash(filepath.Join(f.dir, "report.html")))
	b.until(imageWide+" === 300", "the picture")
	for expression, want := range map[string]string{
		`document.querySelectorAll("#charts figure:not([hidden]) path").length >= 8`:                         "true",
		`document.getElementById("config").textContent`:                                                      "seed = 77\n",
		`document.getElementById("diagnostics").hidden`:                                                      "false",
		`document.getElementById("status").textContent`:                                                      "unfinished",
		`document.getElementById("slider").max`:                                                              "1",
		`[...document.querySelectorAll("#charts path")].some(p => /NaN|Infinity/.test(p.getAttribute("d")))`: "false",
	} {
		if got := b.evaluate(expression); got != want {
			t.Errorf("%s is %q, want %q", expression, got, want)
		}
	}
	b.screenshot("report.png")
}
