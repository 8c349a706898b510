// Command peers runs the same work in anila-cpu and in PyTorch, alternating in one session, and prints the ratios of the
// medians. It needs a Python with torch; without one it says what is missing, and how to install it, and times anila-cpu
// alone.
//
//	go run ./bench/peers -python python3
//	go run ./bench/peers -only step -rounds 7
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

func (r row) title() string {
	return strings.Join(append([]string{r.name}, r.arguments...), " ") + " --threads " + strconv.Itoa(r.threads)
}

// rows lists the comparison. An iteration is long enough that three timed runs a round do.
func rows() []row {
	var all []row
	for threads := 1; threads <= 2; threads++ {
		for _, n := range []string{"32", "64"} {
			all = append(all, row{name: "step", arguments: []string{"--n", n, "--batch", "100"}, threads: threads, goal: 2})
		}
	}
	few := []string{"--repeats", "3"}
	for threads := 1; threads <= 2; threads++ {
		for _, n := range []string{"32", "64"} {
			all = append(all, row{"iteration", []string{"--n", n, "--batch", "100", "--steps", "50"}, threads, 1.9, few, few})
		}
	}
	for threads, goal := range map[int]float64{1: 4, 2: 7} {
		all = append(all, row{name: "update", arguments: []string{"--dim", "307200"}, threads: threads, goal: goal})
	}
	for threads := 1; threads <= 2; threads++ {
		all = append(all, row{name: "toy", arguments: []string{"--batch", "256"}, threads: threads, goal: 10})
	}
	all = append(all, row{name: "memory", arguments: []string{"--n", "32", "--batch", "100"}, threads: 1, goal: 3})
	slices.SortStableFunc(all, func(a, b row) int { return strings.Compare(order(a), order(b)) })
	return all
}

// order keeps the cases in the order of the table and the threads of a case together.
func order(r row) string {
	place := slices.Index([]string{"step", "iteration", "update", "toy", "memory"}, r.name)
	return fmt.Sprint(place, r.arguments, r.threads)
}

// measurement is an object of the JSON lists that both sides print.
type measurement struct {
	Name, Impl, Shape, Setting string
	Threads                    int
	Seconds, Bytes             float64
}

// value is what is compared: seconds, or bytes where the case is about memory.
func (m measurement) value() float64 {
	if m.Seconds == 0 {
		return m.Bytes
	}
	return m.Seconds
}

type session struct {
	ours, theirs []string // command prefixes; theirs is nil when PyTorch is missing
	rounds       int
}

func main() {
	python := flag.String("python", "python3", "Python interpreter that has torch")
	only := flag.String("only", "", "run only the cases with this name: step, iteration, update, toy, memory, layers")
	rounds := flag.Int("rounds", 5, "alternations; each side's number is the median over rounds of its medians")
	isa := flag.String("isa", "", "hold both sides to an instruction set: avx2")
	compile := flag.Bool("compile", false, "let PyTorch try torch.compile too and take the faster")
	data := flag.String("data", os.Getenv("ANILA_DATA"), "folder with cifar-10-batches-bin, for the memory case")
	flag.Parse()
	if *isa != "" {
		if *isa != "avx2" {
			fmt.Fprintf(os.Stderr, "peers: -isa %s: PyTorch can be held to avx2\n", *isa)
			os.Exit(2)
		}
		os.Setenv("ANILA_ISA", "avx2")
		os.Setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
		os.Setenv("ATEN_CPU_CAPABILITY", "avx2")
	}
	if err := compare(*python, *only, *data, *rounds, *compile); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func compare(python, only, data string, rounds int, compile bool) error {
	dir, err := os.MkdirTemp("", "anila-peers-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "anila-cpu")
	if out, err := exec.Command("go", "build", "-o", binary, "anila/cmd/anila-cpu").CombinedOutput(); err != nil {
		return fmt.Errorf("go build anila/cmd/anila-cpu: %w\n%s", err, out)
	}
	s := session{ours: []string{binary, "bench"}, rounds: rounds}
	script, err := peerScript()
	if err != nil {
		return err
	}
	if version, err := exec.Command(python, "-W", "ignore", "-c", "import torch; print(torch.__version__)").Output(); err != nil {
		fmt.Printf("missing: PyTorch (%s cannot import torch: %v).\n"+
			"  To compare: python3 -m venv venv && venv/bin/pip install torch --index-url https://download.pytorch.org/whl/cpu\n"+
			"  then: make bench-peers PYTHON=venv/bin/python. Only anila-cpu is timed now.\n\n", python, err)
	} else {
		fmt.Printf("PyTorch %s by %s\n", strings.TrimSpace(string(version)), python)
		s.theirs = []string{python, script}
	}
	machine, err := exec.Command(binary, "info").Output()
	if err != nil {
		return fmt.Errorf("anila-cpu info: %w", err)
	}
	fmt.Printf("%s\nmedians of %d alternated rounds\n\n", machine, rounds)
	if only == "layers" {
		return s.layers()
	}
	fmt.Printf("%-50s %12s %12s %8s %8s\n", "case", "PyTorch", "anila-cpu", "ratio", "asked")
	for _, r := range rows() {
		if only != "" && r.name != only {
			continue
		}
		if r.name == "memory" && data != "" {
			r.ours, r.theirs = append(r.ours, "--data", data), append(r.theirs, "--data", data, "--tunables", "off")
		}
		if compile && r.name != "memory" {
			r.theirs = append(r.theirs, "--compile")
		}
		if err := s.row(r); err != nil {
			return err
		}
	}
	return nil
}

// peerScript finds pytorch.py, whatever folder of the module this was started in.
func peerScript() (string, error) {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", "anila/bench/peers").Output()
	if err != nil {
		return "", fmt.Errorf("go list anila/bench/peers: %w", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "pytorch.py"), nil
}

// row measures one line, alternating, and prints it.
func (s session) row(r row) error {
	var ours, theirs []float64
	setting := ""
	words := append([]string{r.name, "--threads", strconv.Itoa(r.threads)}, r.arguments...)
	for range s.rounds {
		if s.theirs != nil {
			m, err := measure(s.theirs, append(words, r.theirs...))
			if err != nil {
				return err
			}
			theirs, setting = append(theirs, m[0].value()), m[0].Setting
		}
		m, err := measure(s.ours, append(append(words, r.ours...), "--json"))
		if err != nil {
			return err
		}
		ours = append(ours, m[0].value())
	}
	show := func(v float64) string { return fmt.Sprintf("%.3f ms", v*1e3) }
	if r.name == "memory" {
		show = func(v float64) string { return fmt.Sprintf("%.0f MB", v/1e6) }
	}
	if s.theirs == nil {
		fmt.Printf("%-50s %12s %12s\n", r.title(), "missing", show(median(ours)))
		return nil
	}
	ratio := median(theirs) / median(ours)
	mark := ""
	if ratio < r.goal {
		mark = " missed"
	}
	fmt.Printf("%-50s %12s %12s %8.2f %8.1f%s  (%s)\n", r.title(), show(median(theirs)), show(median(ours)), ratio, r.goal, mark, setting)
	return nil
}

// measure runs a program and reads its list of measurements.
func measure(program, arguments []string) ([]measurement, error) {
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
