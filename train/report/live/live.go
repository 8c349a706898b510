// Package live shows a run in the browser while it goes on: the page of report.html with server-sent events, and the
// numbers for Prometheus. It only reads the run's folder, so it works as well from another process, and nothing that a
// visitor does can reach the training. Nothing is kept per visitor.
package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"anila/train/report"
)

// Options of Serve.
type Options struct {
	Pprof bool // serve /debug/pprof
	// Hosts are names by which the server may be asked for beside localhost and addresses: a browser that was led here by
	// another name is refused (DNS rebinding).
	Hosts []string
	Every time.Duration // how often the folder is looked at; 0 means half a second
}

// Limits that keep a visitor from costing much.
const (
	maxStreams   = 64
	heartbeat    = 15 * time.Second
	writeTimeout = 20 * time.Second
)

// Server is a running page.
type Server struct {
	feed    *feed
	http    *http.Server
	address net.Addr
	hosts   map[string]bool
	streams chan struct{}
	stop    context.CancelFunc
	done    chan struct{}
}

// Listener is an address that has been taken and is not served yet.
type Listener struct {
	net.Listener
	host string
}

// ErrAddress says that an address is none, whatever the machine.
var ErrAddress = errors.New("not an address to serve at: HOST:PORT, or a PORT alone for this machine only")

// Bind takes an address (host:port; ":8080" and "8080" mean the loopback interface, port 0 a free port), so that one that
// cannot be had is known before there is anything to show.
func Bind(address string) (*Listener, error) {
	if !strings.Contains(address, ":") {
		address = ":" + address
	}
	host, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return nil, fmt.Errorf("live: %q is %w", address, ErrAddress)
	}
	host = cmp.Or(host, "127.0.0.1")
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("live: cannot serve at %s (port 0 takes a free one): %w", net.JoinHostPort(host, port), err)
	}
	return &Listener{l, host}, nil
}

// Serve shows the run in dir, which may still be empty, until Close. It takes over the listener.
func Serve(l *Listener, dir string, o Options) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{feed: newFeed(dir), address: l.Addr(), hosts: map[string]bool{"localhost": true},
		streams: make(chan struct{}, maxStreams), stop: cancel, done: make(chan struct{})}
	for _, name := range append(o.Hosts, l.host) {
		s.hosts[strings.ToLower(name)] = true
	}
	s.http = &http.Server{
		Handler:           s.handler(o),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    1 << 14,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	every := o.Every
	if every <= 0 {
		every = 500 * time.Millisecond
	}
	go func() {
		defer close(s.done)
		s.feed.watch(ctx, every)
	}()
	go s.http.Serve(l)
	return s
}

// URL is the address of the page.
func (s *Server) URL() string { return "http://" + s.address.String() + "/" }

// Close looks at the folder a last time, tells the visitors what is new, and stops. It takes at most about two seconds.
func (s *Server) Close() error {
	s.feed.poll()
	s.feed.close()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	err := s.http.Shutdown(ctx)
	s.stop()
	<-s.done
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	return err
}

// handler routes requests behind the checks that hold for all of them.
func (s *Server) handler(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /events", s.events)
	mux.HandleFunc("GET /samples/{name}", s.picture("samples"))
	mux.HandleFunc("GET /plots/{name}", s.picture("plots"))
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.feed.metrics(), promhttp.HandlerOpts{}))
	if o.Pprof {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.allowed(r.Host) {
			http.Error(w, "this name is not one of this server's: ask for localhost or an address", http.StatusMisdirectedRequest)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "this server is read-only", http.StatusMethodNotAllowed)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", report.PagePolicy(true)+"; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache")
		mux.ServeHTTP(w, r)
	})
}

// allowed holds a Host header against the names of this server: localhost, literal addresses and those it was given. A
// page of another site whose name was made to point here still sends its own name.
func (s *Server) allowed(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return s.hosts[name]
}

func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	d, name := s.feed.data()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	report.RenderPage(w, name, "Served live from the run's folder, read-only. The same page without a server: report.html.", d)
}

// picture serves one PNG of a folder of the run.
func (s *Server) picture(folder string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		if filepath.Ext(name) != ".png" || strings.HasPrefix(name, ".") || name != filepath.Base(name) {
			http.NotFound(w, r)
			return
		}
		f, err := s.feed.open(folder, name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		defer f.Close()
		st, err := f.Stat()
		if err != nil || !st.Mode().IsRegular() {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "image/png")
		http.ServeContent(w, r, name, st.ModTime(), f)
	}
}

// events streams what is new since the sequence number that the visitor names.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		http.Error(w, "too many visitors", http.StatusServiceUnavailable)
		return
	}
	cursor, err := parseCursor(cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("after")))
	if err != nil {
		http.Error(w, "after is not a number", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	if r.Method == http.MethodHead {
		return
	}
	control := http.NewResponseController(w)
	if control.SetReadDeadline(time.Time{}) != nil { // the server's own would end the stream
		return
	}
	send := func(text string) error {
		if err := control.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
			return err
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
		return control.Flush()
	}
	if send("retry: 2000\n\n") != nil {
		return
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		text, next, changed, closed := s.feed.since(cursor)
		if text != "" && send(text) != nil {
			return
		}
		cursor = next
		if closed {
			return
		}
		select {
		case <-changed:
		case <-beat.C:
			if send(": still here\n\n") != nil {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}
