// Command measures makes the table of docs/measures.md: how far spoilt test pictures of CIFAR-10, and pictures that are none,
// lie from its training pictures by every measure that needs no file but those of the data folder.
//
//	go run ./bench/measures --data DIR
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"anila/tensor"
	"anila/train/data"
	"anila/train/eval"
	"anila/train/eval/features"
)

func main() {
	dir := flag.String("data", os.Getenv(data.EnvDir), "data folder, with cifar-10-batches-bin and cifar10-resnet")
	counts := flag.String("n", "2000,10000", "numbers of samples")
	references := flag.Int("reference-n", 10000, "training pictures they are held against")
	sliced := flag.Int("swd", 2000, "largest number of samples that the sliced Wasserstein distance is computed for")
	flag.Parse()
	if err := run(*dir, *counts, *references, *sliced); err != nil {
		fmt.Fprintln(os.Stderr, "measures:", err)
		os.Exit(1)
	}
}

func run(dir, counts string, references, sliced int) error {
	var ns []int
	most := 0
	for text := range strings.SplitSeq(counts, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 2 {
			return fmt.Errorf("-n %s: numbers of samples, at least 2, with commas between", counts)
		}
		ns, most = append(ns, n), max(most, n)
	}
	train, err := openImages("cifar10", dir)
	if err != nil {
		return err
	}
	test, err := openImages("cifar10-test", dir)
	if err != nil {
		return err
	}
	if most > test.Len() || references < 2 || references+most > train.Len() {
		return fmt.Errorf("%d samples and %d reference pictures: CIFAR-10 has %d and %d", most, references, test.Len(), train.Len())
	}
	files, _ := filepath.Glob(filepath.Join(dir, "cifar10-resnet", "resnet56-*.th"))
	if len(files) != 1 {
		return fmt.Errorf("%s holds no cifar10-resnet/resnet56-*.th", dir)
	}
	network, err := features.Load("resnet56", files[0])
	if err != nil {
		return err
	}
	workers := tensor.NewWorkers(runtime.GOMAXPROCS(0))
	defer workers.Close()
	ctx := context.Background()
	known, err := network.Features(ctx, train, references, workers, nil)
	if err != nil {
		return err
	}
	reference := eval.NewReference(train.Name(), network, known)
	fmt.Printf("Features %s, the first %d training pictures as the reference.\n\n", network.Source(), references)
	header, line := "| pictures |", "|---|"
	for _, n := range ns {
		header += fmt.Sprintf(" %s, N = %d | %s × 10³, N = %d |", network.Frechet(), n, network.Kernel(), n)
		line += "---|---|"
		if n <= sliced {
			header += fmt.Sprintf(" SWD × 10³ (32, 16), N = %d |", n)
			line += "---|"
		}
	}
	fmt.Println(header + "\n" + line)
	for _, s := range spoilt(train, test, references, most, workers) {
		set, err := data.NewImages(s.name, s.pixels, side, side, channels, nil)
		if err != nil {
			return err
		}
		x, err := network.Features(ctx, set, most, workers, nil)
		if err != nil {
			return err
		}
		row := "| " + s.name + " |"
		for _, n := range ns {
			distances, err := reference.Distances(network, x[:n*network.Dim()], 1, workers)
			if err != nil {
				return err
			}
			row += fmt.Sprintf(" %.2f | %.2f ± %.2f |", distances[0].Value, 1e3*distances[1].Value, 1e3*distances[1].SD)
			if n <= sliced {
				levels, err := eval.SlicedWasserstein(ctx, set, train, n, 1, workers)
				if err != nil {
					return err
				}
				row += fmt.Sprintf(" %.1f, %.1f |", levels[0].Value, levels[1].Value)
			}
		}
		fmt.Println(row)
	}
	return nil
}

func openImages(name, dir string) (*data.Images, error) {
	source, err := data.Open(name, dir, 0)
	if err != nil {
		return nil, err
	}
	return source.(*data.Images), nil
}
