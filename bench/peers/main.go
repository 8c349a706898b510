// Command peers runs the same work in anila-cpu, in PyTorch and in JAX, alternating in one session, and prints the ratios
// of the medians beside those that are asked for. It needs a Python with torch and one with jax; it says which is missing and
// how to install it, and times the others.
//
//	go run ./bench/peers -python venv/bin/python -jax venvjax/bin/python
//	go run ./bench/peers -only step -net vanilla -n 32 -threads 1 -rounds 7
//
// All is float32, but for a second column of PyTorch whose networks compute in bfloat16 (chains, noise and update do not). A
// step's peers take this engine's weights, and must come to the same f and gradient; how far those are from float64 stands below.
//
// A round of everything takes four minutes on two cores that run a step of n = 32 in 25 ms, most of it the iterations, and
// the first one eight more, in which the peers try their settings; -only, -net, -n and -threads run it in parts.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"anila/asm/isa"
	"anila/nn"
)

// row is one line of the table: a case of both programs, with the ratio that is asked for (0 = none).
type row struct {
	name      string
	arguments []string // the same words mean the same work on both sides
	threads   int
	goal      float64
	ours      []string // further arguments for anila-cpu
	theirs    []string // and for pytorch.py
}

// value is what follows a flag among the row's arguments, "" when it has none.
func (r row) value(flag string) string {
	if i := slices.Index(r.arguments, flag); i >= 0 {
		return r.arguments[i+1]
	}
	return ""
}

// work is what the row does, on whatever number of threads.
func (r row) work() string { return strings.Join(append([]string{r.name}, r.arguments...), " ") }

func (r row) title() string { return r.work() + " --threads " + strconv.Itoa(r.threads) }

// rows lists the comparison. An iteration is long enough that one timed run a round does.
func rows() []row {
	var all []row
	for _, c := range []struct {
		net, n string
		goal   float64
	}{{"vanilla", "32", 2.2}, {"vanilla", "64", 2.1}, {"resnet", "32", 2.2}, {"nonlocal", "32", 2}} {
		for threads := 1; threads <= 2; threads++ {
			all = append(all, row{name: "step", arguments: []string{"--net", c.net, "--n", c.n, "--batch", "100"}, threads: threads, goal: c.goal})
		}
	}
	for _, n := range []string{"32", "64"} {
		for threads := 1; threads <= 2; threads++ {
			all = append(all, row{name: "iteration", arguments: []string{"--net", "vanilla", "--n", n, "--batch", "100", "--steps", "50", "--repeats", "1"},
				threads: threads, goal: 1.9})
		}
	}
	for threads, goal := range []float64{4, 7} {
		all = append(all, row{name: "update", arguments: []string{"--dim", "307200"}, threads: 1 + threads, goal: goal})
	}
	// Of the toy network the goal is the bound: what the multiply-add peak would give if a step were nothing but its products
	// (docs/kernels.md).
	for threads, goal := range []float64{3.9, 6.1} {
		all = append(all, row{name: "toy", arguments: []string{"--batch", "256"}, threads: 1 + threads, goal: goal})
	}
	return append(all, row{name: "memory", arguments: []string{"--net", "vanilla", "--n", "32", "--batch", "100"}, threads: 1, goal: 3})
}

// measurement is an object of the JSON lists that both sides print.
type measurement struct {
	Name, Impl, Shape, Setting string
	Threads                    int
	Seconds, Bytes             float64
	Share                      float64 // of the multiply-add peak of so many threads, ours alone
	Tried                      map[string]float64
	Error, Ours                [2]float64 // of the gradient, in half of the images and in the worst, the peer's and ours, where it was given a fixture
}

// value is what is compared: seconds, or bytes where the case is about memory.
func (m measurement) value() float64 {
	if m.Seconds == 0 {
		return m.Bytes
	}
	return m.Seconds
}

// peer is another program of the comparison.
type peer struct {
	name    string
	command []string // nil when it is missing
	extra   []string // arguments of every case
	has     func(r row) bool
}

type session struct {
	options
	ours     []string
	peers    []peer
	dir      string              // for fixtures
	fixtures map[string]string   // by work
	near     map[string][]string // by peer and work: the fastest settings on another number of threads
}

// options are the flags.
type options struct {
	python, jax, only, net, n, isa, data string
	rounds, threads                      int
	compile                              bool
}

// wants says whether the flags leave a case in.
func (o options) wants(name, net, n string, threads int) bool {
	return (o.only == "" || o.only == name) && (o.net == "" || o.net == net) && (o.n == "" || o.n == n || n == "") &&
		(o.threads == 0 || o.threads == threads)
}

func main() {
	var o options
	flag.StringVar(&o.python, "python", "python3", "Python interpreter that has torch")
	flag.StringVar(&o.jax, "jax", "python3", "Python interpreter that has jax, which is compared in the step")
	flag.StringVar(&o.only, "only", "", "run only the cases with this name: step, iteration, update, toy, memory, layers")
	flag.StringVar(&o.net, "net", "", "run only the cases of this network: vanilla, resnet or nonlocal (default: all)")
	flag.StringVar(&o.n, "n", "", "run only the cases of this width: 32 or 64 (default: both)")
	flag.IntVar(&o.threads, "threads", 0, "run only the cases with so many threads: 1 or 2 (default: both)")
	flag.IntVar(&o.rounds, "rounds", 5, "alternations; each side's number is the median over rounds of its medians")
	flag.StringVar(&o.isa, "isa", "", "hold all to an instruction set: avx2")
	flag.BoolVar(&o.compile, "compile", true, "let PyTorch try torch.compile too and take the faster (it needs a C++ compiler)")
	flag.StringVar(&o.data, "data", os.Getenv("ANILA_DATA"), "folder with cifar-10-batches-bin for the memory case (default: images of noise)")
	flag.Parse()
	if o.isa != "" {
		if o.isa != "avx2" {
			fmt.Fprintf(os.Stderr, "peers: -isa %s: the peers can be held to avx2\n", o.isa)
			os.Exit(2)
		}
		if err := isa.Select("avx2"); err != nil { // of the fixtures
			fmt.Fprintln(os.Stderr, "peers:", err)
			os.Exit(2)
		}
		os.Setenv("ANILA_ISA", "avx2")
		os.Setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
		os.Setenv("ATEN_CPU_CAPABILITY", "avx2")
		os.Setenv("XLA_FLAGS", strings.TrimSpace(os.Getenv("XLA_FLAGS")+" --xla_cpu_max_isa=AVX2"))
	}
	if err := compare(o); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func compare(o options) error {
	dir, err := os.MkdirTemp("", "anila-peers-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "anila-cpu")
	if out, err := exec.Command("go", "build", "-o", binary, "anila/cmd/anila-cpu").CombinedOutput(); err != nil {
		return fmt.Errorf("go build anila/cmd/anila-cpu: %w\n%s", err, out)
	}
	s := session{options: o, ours: []string{binary, "bench"}, dir: dir, fixtures: map[string]string{}, near: map[string][]string{}}
	scripts, err := scripts()
	if err != nil {
		return err
	}
	torch := find("PyTorch", o.python, "torch", "torch --index-url https://download.pytorch.org/whl/cpu", "PYTHON=venv/bin/python")
	jax := find("JAX", o.jax, "jax", "jax", "JAX=venv/bin/python")
	if torch != nil {
		torch = append(torch, filepath.Join(scripts, "pytorch.py"))
	}
	if jax != nil {
		jax = append(jax, filepath.Join(scripts, "jax_step.py"))
	}
	s.peers = []peer{
		{"PyTorch", torch, nil, func(r row) bool { return true }},
		{"its bf16", torch, []string{"--bf16"}, func(r row) bool { return r.name == "step" }},
		{"JAX", jax, nil, func(r row) bool { return r.name == "step" && r.value("--net") == "vanilla" }},
	}
	machine, err := exec.Command(binary, "info").Output()
	if err != nil {
		return fmt.Errorf("anila-cpu info: %w", err)
	}
	fmt.Printf("%s\nmedians of %d alternated rounds\n\n", machine, s.rounds)
	if o.only != "layers" {
		fmt.Printf("%-58s %12s", "case", "anila-cpu")
		for _, p := range s.peers {
			fmt.Printf(" %12s %6s", p.name, "ratio")
		}
		fmt.Printf(" %6s\n", "asked")
	}
	for _, r := range rows() {
		if !o.wants(r.name, r.value("--net"), r.value("--n"), r.threads) {
			continue
		}
		if r.name == "memory" && o.data != "" {
			r.ours, r.theirs = append(r.ours, "--data", o.data), append(r.theirs, "--data", o.data)
		}
		if r.name == "memory" {
			r.theirs = append(r.theirs, "--tunables", "off")
		} else if o.compile {
			r.theirs = append(r.theirs, "--compile")
		}
		if err := s.row(r); err != nil {
			return err
		}
		if r.name == "step" && r.threads == 2 {
			if err := s.scaling(r); err != nil {
				return err
			}
		}
	}
	fmt.Println()
	return s.layers()
}

func missed(value, goal float64) string {
	if value < goal {
		return " missed"
	}
	return ""
}

// find asks an interpreter for the version of a module, and says how to install it when it is not there.
func find(name, python, module, install, variable string) []string {
	version, err := exec.Command(python, "-W", "ignore", "-c", fmt.Sprintf("import %s; print(%[1]s.__version__)", module)).Output()
	if err != nil {
		fmt.Printf("missing: %s (%s cannot import %s: %v).\n  To compare: python3 -m venv venv && venv/bin/pip install %s\n  then: make bench-peers %s.\n\n",
			name, python, module, err, install, variable)
		return nil
	}
	fmt.Printf("%s %s by %s\n", name, strings.TrimSpace(string(version)), python)
	return []string{python}
}

// scripts finds the folder of the peers' scripts, whatever folder of the module this was started in.
func scripts() (string, error) {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", "anila/bench/peers").Output()
	if err != nil {
		return "", fmt.Errorf("go list anila/bench/peers: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// row measures one line, alternating, and prints it. In its first round a peer tries its settings, those that were near the
// fastest if it has done this work on another number of threads, and keeps to the fastest in the others.
func (s session) row(r row) error {
	words := append([]string{r.name, "--threads", strconv.Itoa(r.threads)}, r.arguments...)
	ours, theirs, first := []float64{}, make([][]float64, len(s.peers)), make([]measurement, len(s.peers))
	for round := range s.rounds {
		for i, p := range s.peers {
			if p.command == nil || !p.has(r) {
				continue
			}
			arguments := append(slices.Clone(words), p.extra...)
			if p.name != "JAX" {
				arguments = append(arguments, r.theirs...)
				if r.name == "step" && round == 0 {
					fixture, err := s.fixture(r)
					if err != nil {
						return err
					}
					arguments = append(arguments, "--fixture", fixture)
				}
			}
			if settings := s.near[p.name+r.work()]; round > 0 {
				arguments = append(arguments, strings.Fields("--setting "+first[i].Setting)...)
			} else if len(settings) > 0 {
				arguments = append(arguments, "--setting", strings.Join(settings, ","))
			}
			m, err := run(p.command, arguments)
			if err != nil {
				return err
			}
			theirs[i] = append(theirs[i], m[0].value())
			if round == 0 {
				first[i] = m[0]
				if p.name != "JAX" {
					s.near[p.name+r.work()] = near(m[0])
				}
			}
		}
		m, err := run(s.ours, append(append(words, r.ours...), "--json"))
		if err != nil {
			return err
		}
		ours = append(ours, m[0].value())
	}
	fmt.Printf("%-58s %12s", r.title(), r.show(median(ours)))
	for i, p := range s.peers {
		switch {
		case len(theirs[i]) > 0:
			fmt.Printf(" %12s %6.2f", r.show(median(theirs[i])), median(theirs[i])/median(ours))
		case p.has(r):
			fmt.Printf(" %12s %6s", "missing", "")
		default:
			fmt.Printf(" %12s %6s", "", "")
		}
	}
	fmt.Printf(" %6.1f", r.goal)
	if len(theirs[0]) > 0 {
		fmt.Print(missed(median(theirs[0])/median(ours), r.goal))
	}
	fmt.Println()
	for i, p := range s.peers {
		if m := first[i]; m.Setting != "" {
			fmt.Printf("    %-9s %s", p.name, m.Setting)
			if m.Error[1] > 0 {
				fmt.Printf(", error of an image's gradient %.1e, at most %.1e (anila-cpu %.1e, %.1e)", m.Error[0], m.Error[1], m.Ours[0], m.Ours[1])
			}
			fmt.Println()
		}
	}
	return nil
}

// near lists the settings of a trial that took at most a fifth longer than the fastest.
func near(m measurement) []string {
	var settings []string
	for setting, seconds := range m.Tried {
		if seconds <= 1.2*m.Tried[m.Setting] {
			settings = append(settings, setting)
		}
	}
	slices.Sort(settings)
	return settings
}

// fixture returns the file with what a step's peers are held to, which it writes when the work comes for the first time.
func (s session) fixture(r row) (path string, err error) {
	if path, ok := s.fixtures[r.work()]; ok {
		return path, nil
	}
	n, err := strconv.Atoi(r.value("--n"))
	if err != nil {
		return "", err
	}
	batch, err := strconv.Atoi(r.value("--batch"))
	if err != nil {
		return "", err
	}
	path, err = writeFixture(s.dir, nn.Spec{Net: r.value("--net"), N: n}, batch)
	s.fixtures[r.work()] = path
	return path, err
}

// scaling compares the case on one worker and on two, each held against the multiply-add peak of as many threads in the
// same process: pairs of runs, one behind the other, because the machine's speed drifts.
func (s session) scaling(r row) error {
	ratios := []float64{}
	for range s.rounds {
		shares := [2]float64{}
		for i := range shares {
			words := append([]string{r.name, "--threads", strconv.Itoa(i + 1)}, r.arguments...)
			m, err := run(s.ours, append(words, "--json"))
			if err != nil {
				return err
			}
			shares[i] = m[0].Share
		}
		ratios = append(ratios, shares[1]/shares[0])
	}
	fmt.Printf("%-58s %12.3f of the ratio of the multiply-add peaks, asked 0.95%s\n", "  from one worker to two", median(ratios),
		missed(median(ratios), 0.95))
	return nil
}

// show writes a value of the row with its unit.
func (r row) show(v float64) string {
	if r.name == "memory" {
		return fmt.Sprintf("%.0f MB", v/1e6)
	}
	return fmt.Sprintf("%.3f ms", v*1e3)
}

// run runs a program and reads its list of measurements.
func run(program, arguments []string) ([]measurement, error) {
	all := append(slices.Clone(program), arguments...)
	command := exec.Command(all[0], all[1:]...)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(all, " "), err)
	}
	var list []measurement
	if err := json.Unmarshal(out, &list); err != nil || len(list) == 0 {
		return nil, fmt.Errorf("%s: no JSON list of measurements: %v", strings.Join(all, " "), err)
	}
	return list, nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
