package measure

import (
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"anila/nn"
)

var update = flag.Bool("update", false, "write the table of docs/clusters.md anew")

// timed is what `bench iteration --batch CHAINS` gave on two virtual cores of an AMD EPYC (Zen 5, AVX-512), 26 November 2026:
// the least of three medians.
var timed = []struct {
	n, steps int
	seconds  map[int]float64
}{
	{32, 50, map[int]float64{128: 0.911, 64: 0.439, 32: 0.265, 16: 0.167, 8: 0.105, 4: 0.0639, 2: 0.0450}},
	{64, 30, map[int]float64{128: 1.904, 64: 0.959, 32: 0.591, 16: 0.309, 8: 0.207, 4: 0.143, 2: 0.108}},
}

// TestClustersPage: the table of docs/clusters.md is what the times and the messages give. -update writes it.
func TestClustersPage(t *testing.T) {
	const path, begin, end = "../../docs/clusters.md", "<!-- computed by go test ./internal/measure -run ClustersPage -update -->\n", "<!-- end of what is computed -->\n"
	var b strings.Builder
	rates := []float64{1, 10, 100}
	for _, m := range timed {
		network, err := nn.New(nn.Spec{Net: "vanilla", N: m.n})
		if err != nil {
			t.Fatal(err)
		}
		n := Nodes{Parameters: network.ParamCount(), Batch: 128, Alone: m.seconds}
		fmt.Fprintf(&b, "\n`vanilla`, n = %d (%d parameters), K = %d, 128 chains and data items:\n\n", m.n, n.Parameters, m.steps)
		b.WriteString("| nodes | chains each | an iteration's work, measured | sent by each | speed-up on 1, 10, 100 Gbit/s | efficiency with 128 chains on each |\n|---|---|---|---|---|---|\n")
		for p := 1; p <= 64; p *= 2 {
			var speed, share []string
			for _, gbit := range rates {
				speed = append(speed, fmt.Sprintf("%.1f", n.SpeedUp(p, Ethernet(gbit))))
				share = append(share, fmt.Sprintf("%.0f %%", 100*n.Efficiency(p, Ethernet(gbit))))
			}
			fmt.Fprintf(&b, "| %d | %d | %.0f ms | %.1f MB | %s | %s |\n", p, 128/p, 1e3*m.seconds[128/p], n.Sent(p)/1e6, strings.Join(speed, ", "), strings.Join(share, ", "))
		}
	}
	b.WriteString("\n")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, found := strings.Cut(string(page), begin)
	_, tail, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no place for the table", path)
	}
	if want := head + begin + b.String() + end + tail; *update {
		if err := os.WriteFile(path, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	} else if string(page) != want {
		t.Errorf("the table of %s is not what is computed: go test ./internal/measure -run ClustersPage -update", path)
	}
}

// By hand: 4 ranks send 2·4·(3/4) bytes a parameter.
func TestNodes(t *testing.T) {
	n := Nodes{Parameters: 1e6, Batch: 8, Alone: map[int]float64{8: 1, 2: 0.25, 1: 0.2}}
	near := func(got, want float64) bool { return math.Abs(got-want) < 1e-12 }
	net := Network{Gbit: 1, Latency: 0.01, Message: 0.001}
	talk := 6e6*8/(1e9*1448/1538) + 3*(0.01+3*0.001)
	if n.Sent(1) != 0 || n.Sent(4) != 6e6 || !near(n.Talk(4, net), talk) || n.Talk(1, net) != 0 {
		t.Errorf("sent %v and %v, talk %v", n.Sent(1), n.Sent(4), n.Talk(4, net))
	}
	if !near(n.SpeedUp(4, net), 1/(0.25+talk)) || !near(n.Efficiency(4, net), 1/(1+talk)) || n.SpeedUp(1, net) != 1 {
		t.Errorf("speed-up %v, efficiency %v", n.SpeedUp(4, net), n.Efficiency(4, net))
	}
	defer func() {
		if recover() == nil {
			t.Error("a share that was not timed was computed")
		}
	}()
	n.SpeedUp(2, net)
}
