package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// published describes a data set on the web: what is downloaded from where, and what must be in the folder afterwards.
type published struct {
	name, about string
	folder      string   // below the data folder
	addresses   []string // folders on the web, the official one first
	files       []remote
	unpack      *archive          // files[0] is an archive to unpack into folder; nil: the files themselves are the data
	content     map[string]string // SHA-256 of the content of files in folder; nil where only the archive's sum is known
}

type remote struct {
	name  string
	md5   string // "" where mirrors repack the file: then content decides
	bytes int64  // upper bound
}

// publishedSets lists what `data get` knows. MD5 sums are the ones the official pages and torchvision state; SHA-256
// sums were taken from the official content.
var publishedSets = []published{
	{
		name: "cifar10", about: "CIFAR-10, 60,000 colour images 32×32 (Krizhevsky 2009), 162 MB", folder: "cifar-10-batches-bin",
		addresses: []string{"https://www.cs.toronto.edu/~kriz"},
		files:     []remote{{"cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530", 170052171}},
		unpack:    &archive{regexp.MustCompile(`^cifar-10-batches-bin/[a-z0-9_.]+\.(bin|txt)$`), 7, 30730000},
		content: map[string]string{
			"data_batch_1.bin": "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
			"data_batch_2.bin": "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
			"data_batch_3.bin": "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
			"data_batch_4.bin": "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
			"data_batch_5.bin": "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
			"test_batch.bin":   "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
		},
	},
	{
		name: "mnist", about: "MNIST, 70,000 grey digits 28×28 (LeCun, Cortes, Burges), 11 MB", folder: "mnist",
		addresses: []string{"https://yann.lecun.com/exdb/mnist", "https://ossci-datasets.s3.amazonaws.com/mnist"},
		files: []remote{
			{"train-images-idx3-ubyte.gz", "", 16 << 20}, {"train-labels-idx1-ubyte.gz", "", 1 << 20},
			{"t10k-images-idx3-ubyte.gz", "", 4 << 20}, {"t10k-labels-idx1-ubyte.gz", "", 1 << 20},
		},
		content: map[string]string{
			"train-images-idx3-ubyte.gz": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
			"train-labels-idx1-ubyte.gz": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
			"t10k-images-idx3-ubyte.gz":  "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
			"t10k-labels-idx1-ubyte.gz":  "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
		},
	},
	{
		name: "flowers", about: "Oxford Flowers 102, 8,189 photographs (Nilsback, Zisserman 2008), 329 MB", folder: "flowers",
		addresses: []string{"https://www.robots.ox.ac.uk/~vgg/data/flowers/102"},
		files:     []remote{{"102flowers.tgz", "52808999861908f626f3c1f4e79d11fa", 344862509}},
		unpack:    &archive{regexp.MustCompile(`^jpg/image_\d{5}\.jpg$`), 8189, 16 << 20},
	},
}

const largestContent = 64 << 20 // bytes of a file's content that its SHA-256 may need

func newDataGet() *cobra.Command {
	var dir, from string
	var keep bool
	names, about := []string{}, ""
	for _, s := range publishedSets {
		names = append(names, s.name)
		about += fmt.Sprintf("\n  %-8s %s, from %s", s.name, s.about, s.addresses[0])
	}
	c := &cobra.Command{
		Use:   "get " + strings.Join(names, "|"),
		Short: "Download a data set, checked against its published sums; a broken download goes on",
		Long:  "Download a data set into a folder of its own below --data and check it:\n" + about,
		Example: "  anila-cpu data get mnist --data data\n" +
			"  anila-cpu train --preset mnist-small --data data",
		ValidArgs: names,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("data get takes the name of one set: %s", strings.Join(names, ", "))
			}
			if !slices.Contains(names, args[0]) {
				return usagef("data get knows no set %q; it knows %s", args[0], strings.Join(names, ", "))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			set := publishedSets[slices.Index(names, args[0])]
			if from != "" {
				set.addresses = []string{strings.TrimSuffix(from, "/")}
			}
			return set.get(c.Context(), cmp.Or(dir, "data"), keep, c.ErrOrStderr(), c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&dir, "data", os.Getenv("ANILA_DATA"), "folder that holds the data sets (default: ANILA_DATA, or data)")
	c.Flags().StringVar(&from, "from", "", "mirror: a web folder that holds the same files")
	c.Flags().BoolVar(&keep, "keep", false, "keep the downloaded archive")
	return c
}

// get brings the set into dir, or says that it is there.
func (s published) get(ctx context.Context, dir string, keep bool, progress, out io.Writer) error {
	folder := filepath.Join(dir, s.folder)
	if _, err := os.Stat(folder); err == nil {
		if err = s.check(folder); err == nil {
			fmt.Fprintf(out, "%s is there and complete: %s\n", s.name, folder)
			return nil
		}
		if s.unpack != nil {
			return fmt.Errorf("%s is there, but damaged (%w); remove the folder to download it again", folder, err)
		}
	}
	into := dir
	if s.unpack == nil {
		into = folder
	}
	if err := os.MkdirAll(into, 0o777); err != nil {
		return err
	}
	for _, r := range s.files {
		if err := s.getFile(ctx, r, into, progress); err != nil {
			return err
		}
	}
	if s.unpack != nil {
		file := filepath.Join(into, s.files[0].name)
		fmt.Fprintf(progress, "unpacking %s\n", file)
		if err := s.unpack.extract(file, folder); err != nil {
			return err
		}
		if err := s.check(folder); err != nil {
			return err
		}
		if !keep {
			os.Remove(file)
		}
	}
	fmt.Fprintf(out, "%s is complete: %s\n", s.name, folder)
	return nil
}

// getFile downloads one file from the first address that delivers it whole.
func (s published) getFile(ctx context.Context, r remote, into string, progress io.Writer) error {
	path := filepath.Join(into, r.name)
	verify := func() error {
		if sum := s.content[r.name]; sum != "" && s.unpack == nil {
			return checkSHA256(path, sum, largestContent)
		}
		return nil
	}
	if _, err := os.Stat(path); err == nil && (s.unpack != nil || verify() == nil) {
		return nil
	}
	var failures []error
	for _, address := range s.addresses {
		f := fetcher{client: &http.Client{}, progress: byteProgress(progress, r.name)}
		err := f.fetch(ctx, address+"/"+r.name, path, r.md5, r.bytes)
		if err == nil {
			if err = verify(); err == nil {
				return nil
			}
			os.Remove(path)
		}
		if ctx.Err() != nil {
			return &exitError{exitInterrupted, fmt.Errorf("interrupted; run the same command again to go on: %w", err)}
		}
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}

// check compares a folder with the published sums.
func (s published) check(folder string) error {
	for name, sum := range s.content {
		if err := checkSHA256(filepath.Join(folder, name), sum, largestContent); err != nil {
			return err
		}
	}
	return nil
}

// byteProgress reports a download: a changing line on a terminal, else one line every ten seconds.
func byteProgress(w io.Writer, name string) func(done, total int64) {
	interval, end := 10*time.Second, "\n"
	if isTerminal(w) {
		interval, end = 200*time.Millisecond, "\r"
	}
	start := time.Now()
	next := start
	return func(done, total int64) {
		now := time.Now()
		if now.Before(next) && done != total {
			return
		}
		next = now.Add(interval)
		if done == total {
			end = "\n"
		}
		fmt.Fprintf(w, "%s: %.1f MB", name, float64(done)/1e6)
		if total > 0 {
			fmt.Fprintf(w, " of %.1f MB", float64(total)/1e6)
		}
		fmt.Fprintf(w, ", %.1f MB/s  %s", float64(done)/1e6/max(now.Sub(start).Seconds(), 1e-3), end)
	}
}
