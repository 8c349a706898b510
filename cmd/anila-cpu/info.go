package main

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"strings"
	"text/tabwriter"

	"github.com/klauspost/cpuid/v2"
	"github.com/spf13/cobra"

	"anila/asm/gemm"
	"anila/asm/isa"
	"anila/internal/measure"
	"anila/internal/number"
	"anila/internal/room"
	"anila/nn"
	"anila/tensor"
	"anila/train/model"
	"anila/train/run"
	"anila/train/settings"
)

// machineInfo is what `info --json` prints.
type machineInfo struct {
	Version  string   `json:"version"`
	Go       string   `json:"go"`
	Platform string   `json:"platform"`
	CPU      string   `json:"cpu"`
	Cores    int      `json:"cores"`     // logical processors that Go may use
	Physical int      `json:"physical"`  // cores of them: the default of --workers
	CacheL1D int      `json:"cache_l1d"` // bytes, −1 unknown
	CacheL2  int      `json:"cache_l2"`  // bytes, −1 unknown
	CacheL3  int      `json:"cache_l3"`  // bytes, −1 unknown
	Tiers    []string `json:"tiers"`     // instruction sets that this CPU and this build have
	Tier     string   `json:"tier"`      // the one in force
	NoAsm    bool     `json:"noasm"`     // built without assembly
	GemmTile [2]int   `json:"gemm_tile"` // rows and columns of the matrix kernel in force
	Models   []string `json:"models"`    // that the program carries

	AlgorithmTable int          `json:"algorithm_table"` // version of the table that chooses convolution algorithms
	Convolutions   []chosenConv `json:"convolutions"`    // of the network
	Network        string       `json:"network"`
	Parameters     int          `json:"parameters"`
	MACs           int          `json:"macs"`           // multiply-adds of f of an item
	TrainingBytes  int          `json:"training_bytes"` // of parameters, gradients and Adam's moments
	StepChains     int          `json:"step_chains"`    // chains of the timed step
	StepSeconds    float64      `json:"step_seconds"`   // 0: not timed
}

// chosenConv is a layer and the algorithm that it gets.
type chosenConv struct {
	Layer     string `json:"layer"`
	Shape     string `json:"shape"`
	Algorithm string `json:"algorithm"`
	Why       string `json:"why"`

	Parameters int `json:"parameters"`
}

func readMachine(spec nn.Spec) (machineInfo, error) {
	m := machineInfo{
		Version: run.Version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		CPU: cmp.Or(cpuid.CPU.BrandName, "unknown"), Cores: runtime.GOMAXPROCS(0), Physical: room.Cores(),
		CacheL1D: cpuid.CPU.Cache.L1D, CacheL2: cpuid.CPU.Cache.L2, CacheL3: cpuid.CPU.Cache.L3,
		Tier: isa.Current().String(), NoAsm: withoutAssembly, Models: model.Carried(carriedModels),
	}
	for _, t := range isa.Available() {
		m.Tiers = append(m.Tiers, t.String())
	}
	m.GemmTile[0], m.GemmTile[1] = gemm.Tile()
	m.AlgorithmTable = tensor.AlgorithmTable
	network, err := nn.New(spec)
	if err != nil {
		return m, usagef("%w", err)
	}
	s := network.Spec()
	m.Network = fmt.Sprintf("%s, n = %d, images of %d×%d×%d", s.Net, s.N, s.H, s.W, s.C)
	if s.Net == "mlp" || s.Net == "layers" {
		m.Network = fmt.Sprintf("%s, items of %d×%d×%d", s.Net, s.H, s.W, s.C)
	}
	m.Parameters, m.MACs, m.TrainingBytes = network.ParamCount(), network.MACs(), 16*network.ParamCount()
	for _, layer := range network.Layers() {
		algorithm, why := tensor.ChooseAlgorithm(layer.Plan.Conv)
		m.Convolutions = append(m.Convolutions, chosenConv{layer.Name, layer.Plan.Conv.String(), algorithm.String(), why, 0})
		for _, p := range network.Params() {
			if name, _, _ := strings.Cut(p.Name+" ", layer.Name+"."); name == "" {
				m.Convolutions[len(m.Convolutions)-1].Parameters += p.Len()
			}
		}
	}
	return m, nil
}

func newInfo() *cobra.Command {
	var asJSON, tiers bool
	var spec nn.Spec
	var timed bool
	var shape, trained string
	c := &cobra.Command{
		Use:   "info",
		Short: "Show the CPU, its instruction sets, and a network's shapes, parameters, algorithms and time",
		Long: `Show the CPU and its instruction sets, and of a network the convolutions and linear layers with their shapes, parameters and
algorithms. --net takes the name of a network, or NET.toml: a configuration, as train --config takes it, of which the keys model.*
are looked at. --time times a Langevin step of 100 chains, one worker a core. --model shows a trained model instead; of one that the
program carries its card: data, terms, settings, measures, limits.`,
		Example: "  anila-cpu info\n  anila-cpu info --net vanilla --size 40\n  anila-cpu info --net resnet --json\n" +
			"  anila-cpu info --net mlp --shape 1x1x13 --time\n" + carriedExample("info --model NAME") +
			"  anila-cpu info --model runs/rings-small-001",
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if trained != "" {
				for _, f := range []string{"net", "n", "size", "shape", "time", "tiers"} {
					if c.Flags().Changed(f) {
						return usagef("--%s is of a network that is described; --model %s is a trained one", f, trained)
					}
				}
				i, err := readModel(trained, c.ErrOrStderr())
				if err != nil {
					return err
				}
				if asJSON {
					return number.Write(c.OutOrStdout(), i)
				}
				return i.print(c.OutOrStdout())
			}
			spec.W = spec.H
			if strings.HasSuffix(spec.Net, ".toml") {
				config, err := settings.Resolve(settings.Layers{File: spec.Net})
				if err != nil {
					return asUsage(err)
				}
				given := spec
				if spec = config.Network; spec.Net != "mlp" {
					spec.H, spec.W = config.Data.Size, config.Data.Size
				}
				if given.H > 0 {
					spec.H, spec.W = given.H, given.W
				}
			}
			if shape != "" {
				if n, err := fmt.Sscanf(shape, "%dx%dx%d", &spec.H, &spec.W, &spec.C); n != 3 || err != nil {
					return usagef("--shape %s: height, width and channels of an item, as 28x28x1; vectors of 13 numbers are 1x1x13", shape)
				}
			}
			m, err := readMachine(spec)
			if err != nil {
				return err
			}
			if timed {
				if err := m.time(spec); err != nil {
					return err
				}
			}
			out := c.OutOrStdout()
			switch {
			case tiers:
				_, err := fmt.Fprintln(out, strings.Join(m.Tiers, " "))
				return err
			case asJSON:
				return number.Write(out, m)
			}
			return m.print(out)
		},
	}
	c.Flags().StringVar(&trained, "model", "", "show a trained model instead: RUN, FILE, or the name of one that the program carries"+carriedNames())
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().StringVar(&spec.Net, "net", "vanilla", "network that is shown: "+strings.Join(nn.Nets(), ", ")+", or NET.toml")
	c.Flags().IntVar(&spec.N, "n", 32, "its width")
	c.Flags().IntVar(&spec.H, "size", 0, "height and width of its images (default: 32, toy 1)")
	c.Flags().StringVar(&shape, "shape", "", "height, width and channels of its items, as 28x28x1 (vectors of 13 numbers: 1x1x13)")
	c.Flags().BoolVar(&timed, "time", false, "time a Langevin step of 100 chains on it")
	c.Flags().BoolVar(&tiers, "tiers", false, "print only the names of the instruction sets, the best one last")
	return c
}

// time times a step of chains on the network.
func (m *machineInfo) time(spec nn.Spec) error {
	const chains, samples = 100, 5
	step, err := measure.NewStep(spec, chains, workerCount(0))
	if err != nil {
		return err
	}
	defer step.Close()
	m.StepChains, m.StepSeconds = chains, step.Time(samples).Seconds
	return nil
}

func (m machineInfo) print(out io.Writer) error {
	note := ""
	if m.NoAsm {
		note = " (built with the tag noasm: no assembly, and no CPU features are looked up)"
	}
	caches := []string{}
	for _, c := range []struct {
		name  string
		bytes int
	}{{"L1d", m.CacheL1D}, {"L2", m.CacheL2}, {"L3", m.CacheL3}} {
		if c.bytes > 0 {
			caches = append(caches, fmt.Sprintf("%s %d KiB", c.name, c.bytes>>10))
		}
	}
	if len(caches) == 0 {
		caches = []string{"unknown"}
	}
	cores := fmt.Sprint(m.Physical)
	if m.Cores != m.Physical {
		cores += fmt.Sprintf(" of %d hardware threads", m.Cores)
	}
	fmt.Fprintf(out, `anila-cpu        %s (%s, %s)
CPU              %s
cores            %s
caches           %s
instruction sets %s%s
in force         %s
models           %s
matrix kernel    %d×%d
`, m.Version, m.Go, m.Platform, m.CPU, cores, strings.Join(caches, ", "),
		strings.Join(m.Tiers, " "), note, m.Tier, cmp.Or(strings.Join(m.Models, " "), "none carried"), m.GemmTile[0], m.GemmTile[1])
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "convolutions of %s (table %d)\n", m.Network, m.AlgorithmTable)
	for _, c := range m.Convolutions {
		fmt.Fprintf(w, "  %s\t%s\t%d parameters\t%s\t%s\n", c.Layer, c.Shape, c.Parameters, c.Algorithm, c.Why)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "parameters       %d; with gradients and Adam's moments %.3g MB\nmultiply-adds    %d for f of an item\n", m.Parameters, float64(m.TrainingBytes)/1e6, m.MACs)
	if m.StepSeconds > 0 {
		fmt.Fprintf(out, "Langevin step    %.3g ms for %d chains, %d workers\n", 1e3*m.StepSeconds, m.StepChains, m.Physical)
	}
	return nil
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version of this binary",
		Example: "  anila-cpu version",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(c.OutOrStdout(), "anila-cpu %s %s %s/%s\n", run.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
