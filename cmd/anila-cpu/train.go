package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/pkg/profile"
	"github.com/spf13/cobra"

	"anila/asm/isa"
	"anila/internal/room"
	"anila/train/data"
	"anila/train/report"
	"anila/train/report/live"
	"anila/train/run"
	"anila/train/settings"
)

type trainOptions struct {
	preset, config string
	settings       []string
	data           dataFlags
	out            string
	resume, from   string
	init           string
	fromStart      bool
	seed           uint64
	workers        int
	maxTime        time.Duration
	patience       time.Duration
	profile        string
	http           string
	httpHosts      []string
	pprof          bool
	keys           bool
	dryRun, force  bool
}

func newTrain() *cobra.Command {
	var o trainOptions
	presets := "Presets:\n"
	var names []string
	for _, p := range settings.Presets() {
		presets += fmt.Sprintf("  %-30s %s\n", p.Name, p.Summary)
		names = append(names, p.Name)
	}
	c := &cobra.Command{
		Use:   "train",
		Short: "Train an energy-based model; without flags: four rings in the plane, in under a minute",
		Long: `Train an energy-based model by maximum likelihood with Langevin chains. Without --preset or --config, --data WHAT picks network,
sampler, step and batch by the data's shape, and says what it picked; without --data it is --preset rings-small. Settings come from the preset, then the file, then --set, then the other flags.

Everything goes to a run folder: config.toml, events.jsonl, pictures, checkpoints. Ctrl-C, SIGTERM and a terminal that hangs up
(but for nohup) write a checkpoint and exit with 130; --resume goes on with the same bits. A second Ctrl-C exits at once.
SIGUSR1 writes a checkpoint and training goes on. A run that is finished is resumed with exit code 0 and nothing to do.
--from begins a new run that goes on from all of another one's state, with other settings: without any, with the same bits.

Built with MPI (make build-mpi), mpirun or srun train one model in several processes, on one machine or many: each takes as
many of train.shards, and the result is that of one process with as many shards. sample and eval share their chains likewise.

` + presets,
		Example: "  anila-cpu train\n" +
			"  anila-cpu train --data pictures\n" +
			"  anila-cpu train --preset cifar10-small --data data --set train.iterations=300\n" +
			"  anila-cpu train --resume runs/rings-small-001 --set train.iterations=16000\n" +
			"  anila-cpu train --from runs/rings-small-001 --set ema.decay=0.9995 --set train.iterations=20000",
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.keys {
				return printKeys(c.OutOrStdout())
			}
			return o.run(c, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().StringVar(&o.preset, "preset", "", "named settings (list above)")
	c.Flags().StringVar(&o.config, "config", "", "TOML file with settings")
	c.Flags().StringArrayVar(&o.settings, "set", nil, "key=value; may be given many times (--keys lists the keys)")
	c.Flags().BoolVar(&o.keys, "keys", false, "list the configuration keys and what they mean")
	o.data.add(c, "what is trained on")
	c.Flags().StringVar(&o.out, "out", "", "run folder (default: runs/PRESET-NNN, the next free number)")
	c.Flags().StringVar(&o.resume, "resume", "", "run folder to go on with")
	c.Flags().StringVar(&o.from, "from", "", "run, or RUN/checkpoints/step-N, that a new run goes on from: its settings but for --set, its weights, average, optimizer, chains")
	c.Flags().StringVar(&o.init, "init", "", "run, file, or name of a carried model whose weights training starts from: short for --set model.init=…")
	c.Flags().BoolVar(&o.fromStart, "from-start", false, "with --resume: begin again where the run has only damaged checkpoints, or has lost them")
	c.Flags().Uint64Var(&o.seed, "seed", 0, "short for --set seed=…")
	addWorkers(c, &o.workers)
	c.Flags().DurationVar(&o.maxTime, "max-time", 0, "stop after this long, with a checkpoint and exit code 75 (90s, 2h30m)")
	c.Flags().DurationVar(&o.patience, "patience", time.Minute, "over several ranks (mpirun): name one that the others wait for so long, and wait on")
	c.Flags().StringVar(&o.profile, "profile", "", "write a profile to RUN/profile: cpu, mem, mutex, block or trace")
	c.Flags().StringVar(&o.http, "http", "", "serve a live page of the run at this address (HOST:PORT; a PORT alone: this machine only), with /metrics for Prometheus")
	c.Flags().StringSliceVar(&o.httpHosts, "http-host", nil, "further names by which the page may be asked for")
	c.Flags().BoolVar(&o.dryRun, "dry-run", false, "say what would be done, what memory and disk it takes and, from a few timed steps, how long; write nothing")
	c.Flags().BoolVar(&o.force, "force", false, "begin though the estimate says that memory or disk do not suffice")
	c.Flags().BoolVar(&o.pprof, "pprof", false, "with --http: serve /debug/pprof too")
	c.RegisterFlagCompletionFunc("preset", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
	c.RegisterFlagCompletionFunc("profile", cobra.FixedCompletions([]string{"cpu", "mem", "mutex", "block", "trace"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// printKeys lists the configuration keys.
func printKeys(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, k := range settings.Keys() {
		fmt.Fprintf(w, "%s\t%s\t%s\n", k.Name, k.Type, k.Doc)
	}
	return w.Flush()
}

// profileModes are the values of --profile.
var profileModes = map[string]func(*profile.Profile){
	"cpu": profile.CPUProfile, "mem": profile.MemProfileAllocs, "mutex": profile.MutexProfile,
	"block": profile.BlockProfile, "trace": profile.TraceProfile,
}

func (o *trainOptions) run(c *cobra.Command, out, notes io.Writer) error {
	if ranks.Size() > 1 {
		ranks.Patience = o.patience
	}
	if follows() {
		return o.follow(c)
	}
	defer run.Dismiss(ranks)
	switch {
	case o.patience <= 0:
		return usagef("--patience %s: a positive duration, for example 30s", o.patience)
	case o.profile != "" && profileModes[o.profile] == nil:
		return usagef("--profile %q: cpu, mem, mutex, block or trace", o.profile)
	case o.maxTime < 0:
		return usagef("--max-time %s: a positive duration, for example 2h", o.maxTime)
	case o.fromStart && o.resume == "":
		return usagef("--from-start needs --resume")
	case o.http == "" && (o.pprof || len(o.httpHosts) > 0):
		return usagef("--pprof and --http-host need --http")
	}
	if err := checkSettings(o.settings); err != nil {
		return err
	}
	if o.dryRun {
		return o.preview(c, out)
	}
	var listener *live.Listener
	if o.http != "" {
		var err error
		if listener, err = live.Bind(o.http); errors.Is(err, live.ErrAddress) {
			return usagef("--http: %v", err)
		} else if err != nil {
			return err
		}
		defer listener.Close()
	}
	session, err := o.open(c)
	if err != nil {
		return err
	}
	if listener != nil {
		server := live.Serve(listener, session.Folder.Path, live.Options{Pprof: o.pprof, Hosts: o.httpHosts})
		defer server.Close()
		fmt.Fprintf(out, "live page  %s\n", server.URL())
	}
	err = o.train(c.Context(), session, out, notes)
	return errors.Join(err, session.Close())
}

// follow trains as rank 0 has it.
func (o *trainOptions) follow(c *cobra.Command) error {
	ctx, stop := interruptible(c.Context(), nil)
	defer stop()
	defer saveOnSignal(func() {})() // rank 0 saves
	outliveReaders()
	if err := run.Follow(ctx, o.options(c)); err != nil {
		ranks.Abort(exitFailed, err)
	}
	return nil
}

// preview says what a run would be, and writes nothing.
func (o *trainOptions) preview(c *cobra.Command, out io.Writer) error {
	for _, f := range []string{"resume", "from", "http", "profile", "max-time"} {
		if c.Flags().Changed(f) {
			return usagef("--%s cannot go with --dry-run, which trains nothing", f)
		}
	}
	config, opened, err := o.resolve(c, o.flags(c))
	if err != nil {
		return asUsage(err)
	}
	options := o.options(c)
	options.Opened, options.Comm = opened, nil
	session, err := run.Preview(config, options)
	if err != nil {
		return asUsage(err)
	}
	defer session.Close()
	describe(out, session, workerCount(o.workers))
	took, err := session.Time()
	if err != nil {
		return err
	}
	if took > 0 {
		fmt.Fprintf(out, "time       about %s, from a few timed steps\n", roughly(took))
	}
	fmt.Fprintln(out, "dry run    nothing was written")
	return nil
}

// open starts or resumes the run.
func (o *trainOptions) open(c *cobra.Command) (*run.Run, error) {
	options, flags := o.options(c), o.flags(c)
	if o.resume != "" {
		for _, f := range []string{"preset", "config", "out", "from"} {
			if c.Flags().Changed(f) {
				return nil, usagef("--%s cannot go with --resume: the run folder says it", f)
			}
		}
		session, err := run.Resume(o.resume, o.settings, o.moved(flags), options)
		return session, asUsage(err)
	}
	if o.from != "" {
		for _, f := range []string{"preset", "config", "init"} {
			if c.Flags().Changed(f) {
				return nil, usagef("--%s cannot go with --from: settings and weights are those of %s", f, o.from)
			}
		}
		if ranks.Size() > 1 {
			return nil, usagef("--from cannot go with several ranks: begin the run in one process, with --max-time 1s; they can --resume it")
		}
		session, err := run.Fork(o.from, o.settings, o.moved(flags), options)
		return session, asUsage(err)
	}
	config, opened, err := o.resolve(c, flags)
	if err != nil {
		return nil, asUsage(err)
	}
	options.Opened = opened
	session, err := run.Start(config, options)
	return session, asUsage(err)
}

// moved has the data of a run that is known where they lie now, if a flag says so.
func (o *trainOptions) moved(flags map[string]any) map[string]any {
	if dir := cmp.Or(o.data.Data, o.data.Dir); dir != "" {
		flags["data.dir"] = dir
	}
	return flags
}

func (o *trainOptions) options(c *cobra.Command) run.Options {
	loading := newProgress(c.ErrOrStderr(), "reading", "pictures", 0, 0)
	workers := workerCount(o.workers)
	room.Aside(workers)
	return run.Options{Report: report.New, Carried: carriedModels, Dir: o.out, Workers: workers, MaxTime: o.maxTime,
		Comm: ranks, FromStart: o.fromStart, Loading: loading.of, Force: o.force}
}

// flags are the configuration keys that have a flag of their own.
func (o *trainOptions) flags(c *cobra.Command) map[string]any {
	flags := map[string]any{}
	if c.Flags().Changed("seed") {
		flags["seed"] = o.seed
	}
	if o.init != "" {
		flags["model.init"] = o.init
	}
	return flags
}

// resolve makes the configuration of a new run; data that it picked settings for are open.
func (o *trainOptions) resolve(c *cobra.Command, flags map[string]any) (config settings.Config, opened data.Source, err error) {
	if o.preset != "" {
		if _, err := settings.NewConfig(o.preset); err != nil {
			return settings.Config{}, nil, &exitError{exitUsage, err}
		}
	}
	layers := settings.Layers{Preset: o.preset, File: o.config, Settings: o.settings, Flags: flags}
	if o.data.Data != "" && o.preset == "" && o.config == "" {
		return o.pick(c, layers)
	}
	config, err = o.data.resolve(layers)
	return config, nil, err
}

// pick chooses settings for data that come without any, and says what it chose.
func (o *trainOptions) pick(c *cobra.Command, layers settings.Layers) (settings.Config, data.Source, error) {
	name := ""
	for _, s := range o.settings {
		if v, ok := strings.CutPrefix(s, "data.name="); ok {
			name = v
		}
	}
	place, err := o.data.place("--data", o.data.Data, settings.Data{Name: name})
	if err == nil {
		err = o.data.ignored(place)
	}
	if err != nil {
		return settings.Config{}, nil, err
	}
	out := c.OutOrStdout()
	fmt.Fprintf(out, "data       %s\n", cmp.Or(place.Dir, place.Name))
	if preset := strings.TrimSuffix(place.Name, "-padded") + "-small"; settings.Known(preset) {
		fmt.Fprintf(out, "picked     preset %s: made for these data\n", preset)
		layers.Preset = preset
		config, err := o.data.resolve(layers)
		return config, nil, err
	}
	config, source, picked, err := settings.Pick(c.Context(), place, layers, newProgress(c.ErrOrStderr(), "reading", "pictures", 0, 0).of)
	for _, p := range picked {
		fmt.Fprintf(out, "picked     %-34s %s\n", p.What, p.Why)
	}
	return config, source, err
}

func (o *trainOptions) train(ctx context.Context, session *run.Run, out, notes io.Writer) error {
	if o.profile != "" {
		folder := filepath.Join(session.Folder.Path, "profile")
		p := profile.Start(profileModes[o.profile], profile.NoShutdownHook, profile.Quiet, profile.ProfilePath(folder))
		defer func() {
			p.Stop()
			fmt.Fprintf(out, "profile    %s\n", folder)
		}()
	}
	if session.Finished() {
		return o.finished(ctx, session, out)
	}
	describe(out, session, workerCount(o.workers))
	view := &trainView{bar: newProgress(notes, "training", "iterations", int64(session.Resumed), int64(session.Config.Iterations))}
	outliveReaders()
	ctx, stop := interruptible(ctx, func() {
		fmt.Fprintln(notes, "\nanila-cpu: interrupted: a checkpoint is written, then training ends; once more: end at once")
	})
	defer stop()
	defer saveOnSignal(session.Save)()
	result, err := session.Train(ctx, view)
	view.bar.close()
	if err != nil {
		return err
	}
	o.summary(out, session, result)
	switch result.Status {
	case run.Interrupted:
		return &exitError{exitInterrupted, fmt.Errorf("interrupted at iteration %d; go on with: anila-cpu train --resume %s", result.Iteration, session.Folder.Path)}
	case run.TimeLimit:
		return &exitError{exitTimeLimit, fmt.Errorf("time limit %s reached at iteration %d; go on with: anila-cpu train --resume %s", o.maxTime, result.Iteration, session.Folder.Path)}
	}
	return nil
}

// finished tells of a run that has nothing left to do.
func (o *trainOptions) finished(ctx context.Context, session *run.Run, out io.Writer) error {
	result, err := session.Train(ctx, nil)
	if err == nil {
		fmt.Fprintf(out, "finished   %s has all of its %d iterations; extend it with --set train.iterations=%d\ncheckpoint %s\n",
			session.Folder.Path, result.Iteration, 2*result.Iteration, result.Checkpoint)
	}
	return err
}

// roughly is a duration of two figures.
func roughly(d time.Duration) string {
	for _, unit := range []struct {
		name string
		of   time.Duration
	}{{"days", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}} {
		if d >= 2*unit.of {
			return fmt.Sprintf("%.2g %s", d.Hours()/unit.of.Hours(), unit.name)
		}
	}
	return fmt.Sprintf("%.2g s", d.Seconds())
}

// describe says what is about to be done.
func describe(out io.Writer, session *run.Run, workers int) {
	c, network := session.Config, session.Trainer().Network()
	h, w, channels := network.Shape()
	s := c.Train.Sampler
	preset := ""
	if c.Preset != "" {
		preset = "preset     " + c.Preset + "\n"
	}
	sampler := fmt.Sprintf("%s, %d steps", s.Kernel, s.Steps)
	if s.Step > 0 {
		sampler += fmt.Sprintf(", step %.4g", s.Step)
	} else {
		sampler += fmt.Sprintf(", drift %.4g, noise %.4g", s.Drift, s.Noise)
	}
	if s.Anisotropic() {
		sampler += fmt.Sprintf(", b %.4g by %s (reach %.3g)", s.Bound(), s.Scope, s.Reach())
	}
	if s.Correct {
		sampler += fmt.Sprintf(", corrected but for the last of %d noises", s.Steps)
	}
	who := fmt.Sprintf("%d workers", workers)
	if n := ranks.Size(); n > 1 && session.Folder != nil {
		who = fmt.Sprintf("%d ranks, of which the first has %s", n, who) + crowded(workers, len(room.Processors(room.Allowed())))
	}
	if session.Folder != nil {
		fmt.Fprintf(out, "run        %s\n", session.Folder.Path)
	}
	fmt.Fprintf(out, `%sseed       %d
data       %s, %d×%d×%d
network    %s, %d parameters
sampler    %s, T %.4g
chains     %d from %s
computing  %d iterations on %s, %s
`, preset, c.Train.Seed, c.Data.Name, h, w, channels, network.Spec().Net, network.ParamCount(), sampler, s.Temperature,
		c.Train.Start.Count, c.Train.Start.Kind, c.Iterations, who, isa.Current())
	if l := c.Train.Levels; len(l.Pictures) > 0 {
		fmt.Fprintf(out, "levels     %d, of %v pictures, each block faded in over %g of its level's\n", len(l.Pictures), l.Pictures, l.Fade)
	}
	fmt.Fprintf(out, "needs      %s\n", session.Need)
	if c.From != "" {
		fmt.Fprintf(out, "from       %s\n", c.From)
	}
	if session.Resumed > 0 {
		fmt.Fprintf(out, "resumed    at iteration %d\n", session.Resumed)
	}
}

// summary says what was done and where it is.
func (o *trainOptions) summary(out io.Writer, session *run.Run, r run.Result) {
	fmt.Fprintf(out, "%-10s %d iterations in %.1f s, energy gap %+.4f\n", r.Status, r.Iteration, r.Seconds, r.Last.Gap)
	if r.Rollbacks > 0 {
		fmt.Fprintf(out, "rolled back %d times (see %s)\n", r.Rollbacks, filepath.Join(session.Folder.Path, "events.jsonl"))
	}
	if r.Limited == r.Limited {
		s := session.Config.Train.Sampler
		fmt.Fprintf(out, "limited    %.2f %% of the steps, by b %.4g of each %s\n", 100*r.Limited, s.Bound(), s.Limits())
	}
	if l := r.Likelihood; l != nil {
		masses := make([]string, len(l.Masses))
		for i, m := range l.Masses {
			masses[i] = fmt.Sprintf("%.3f", m)
		}
		fmt.Fprintf(out, "KL         %.4f nats from the truth to exp(f/T)/Z, on a grid over [−5, 5]²\nmasses     %s\n", l.KL, strings.Join(masses, " "))
	}
	if r.Picture != "" {
		fmt.Fprintf(out, "pictures   %s\n           %s\n", r.Picture, filepath.Join(session.Folder.Path, "plots"))
	}
	fmt.Fprintf(out, "checkpoint %s\n", r.Checkpoint)
}
