// Command samplers measures the kernels of package langevin on targets with
// known truth and draws the pictures of docs/samplers.md.
//
//	samplers spec DIR       what bench/peers/blackjax_samplers.py reads: targets, starts, steps
//	samplers compare        effective samples per second and per gradient, one worker
//	samplers vanilla        time of mala on a convolutional network, one worker
//	samplers bias OUT.png   variance of unadjusted chains against the step
//	samplers tv OUT.png     total-variation distance against the number of steps
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	out := flag.String("json", "", "also write the numbers to this file")
	only := flag.String("only", "", "compare: only this target")
	chains := flag.Int("chains", 128, "compare, spec: number of chains")
	steps := flag.Int("steps", 4000, "compare, spec: steps of each chain")
	flag.Parse()
	var err error
	switch {
	case flag.Arg(0) == "spec" && flag.NArg() == 2:
		err = writeSpec(flag.Arg(1), *chains, *steps)
	case flag.Arg(0) == "compare" && flag.NArg() == 1:
		err = compare(*only, *chains, *steps, *out)
	case flag.Arg(0) == "vanilla" && flag.NArg() == 1:
		err = vanilla(32, 8)
	case flag.Arg(0) == "bias" && flag.NArg() == 2:
		err = bias(flag.Arg(1), *out)
	case flag.Arg(0) == "tv" && flag.NArg() == 2:
		err = totalVariation(flag.Arg(1), *out)
	default:
		flag.Usage()
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "samplers:", err)
		os.Exit(1)
	}
}
