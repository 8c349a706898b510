package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// layerGoal is the least ratio asked of a layer: no more than 1.05 times the peer's time. Layers that both do in less than a
// millisecond count in sum.
const layerGoal = 1 / 1.05

// layers compares every convolution and direction with oneDNN's, as PyTorch calls it, on one thread.
func (s session) layers() error {
	peer := s.peers[0].command
	for _, c := range [][2]string{{"vanilla", "32"}, {"vanilla", "64"}, {"resnet", "32"}, {"nonlocal", "32"}} {
		net, n := c[0], c[1]
		if !s.wants("layers", net, n, 1) {
			continue
		}
		words := []string{"layers", "--net", net, "--n", n, "--batch", "100", "--threads", "1"}
		ours, theirs := map[string][]float64{}, map[string][]float64{}
		for range s.rounds {
			if peer != nil {
				if err := s.collect(theirs, peer, append(words, "--repeats", "3", "--warmup", "1")); err != nil {
					return err
				}
			}
			if err := s.collect(ours, s.ours, append(words, "--json")); err != nil {
				return err
			}
		}
		fmt.Printf("%s, n = %s, batch 100, one thread, float32\n%-42s %12s %12s %8s\n", net, n, "layer", "oneDNN", "anila-cpu", "ratio")
		shortTheirs, shortOurs := 0.0, 0.0
		for _, key := range sortedKeys(ours) {
			if len(theirs[key]) == 0 {
				if peer == nil {
					fmt.Printf("%-42s %12s %9.3f ms\n", key, "missing", median(ours[key])*1e3)
				}
				continue // a linear layer is no convolution there
			}
			a, b := median(theirs[key]), median(ours[key])
			verdict := missed(a/b, layerGoal)
			if max(a, b) < 1e-3 {
				shortTheirs, shortOurs, verdict = shortTheirs+a, shortOurs+b, ""
			}
			fmt.Printf("%-42s %9.3f ms %9.3f ms %8.2f%s\n", key, a*1e3, b*1e3, a/b, verdict)
		}
		if shortOurs > 0 {
			fmt.Printf("%-42s %9.3f ms %9.3f ms %8.2f%s\n", "those under 1 ms together", shortTheirs*1e3, shortOurs*1e3,
				shortTheirs/shortOurs, missed(shortTheirs/shortOurs, layerGoal))
		}
		fmt.Println()
	}
	return nil
}

// descriptor is oneDNN's way to write a convolution: mb100_ic3oc32_ih32oh32kh3sh1dh0ph1_iw32…
var descriptor = regexp.MustCompile(`ic(\d+)oc(\d+)_ih(\d+)oh(\d+)kh(\d+)sh(\d+)`)

// collect adds the layers' seconds of one run, keyed by direction, channels, height, kernel and stride.
func (s session) collect(into map[string][]float64, program, words []string) error {
	list, err := run(program, words)
	if err != nil {
		return err
	}
	for _, m := range list {
		key := m.Shape
		if d := descriptor.FindStringSubmatch(m.Shape); d != nil {
			key = layerKey(d[3], d[1], d[2], d[5], d[6])
		}
		key = strings.TrimPrefix(m.Name, "layer/") + " " + key
		into[key] = append(into[key], m.Seconds)
	}
	return nil
}

// layerKey is the shape that `anila-cpu bench layers` prints: 32x32x3→32 3x3/1.
func layerKey(height, in, out, kernel, stride string) string {
	return fmt.Sprintf("%sx%sx%s→%s %sx%s/%s", height, height, in, out, kernel, kernel, stride)
}

func sortedKeys(m map[string][]float64) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
