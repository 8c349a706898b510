package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"anila/internal/files"
	"anila/train/run"
	"anila/train/settings"
)

// A comparison may be done in parts, each in a folder of its own, by jobs that know nothing of each other, and then be merged.

// number is that of a run in its comparison, from 0: sampler by sampler, seeds within.
func (p *plan) number(entrant int, seed uint64) int { return entrant*p.Seeds + int(seed) - 1 }

// mine tells whether a run belongs to the part that the plan is of.
func (p *plan) mine(entrant int, seed uint64) bool {
	return p.Parts == 0 || p.number(entrant, seed)%p.Parts == p.Part-1
}

// total is how many runs the plan has to do.
func (p *plan) total() int {
	all := len(p.Entrants) * p.Seeds
	if p.Parts == 0 {
		return all
	}
	return (all - p.Part + p.Parts) / p.Parts
}

// choose makes the plan that of the part i/n.
func (p *plan) choose(text string) error {
	var tail string
	n, _ := fmt.Sscanf(text, "%d/%d%s", &p.Part, &p.Parts, &tail)
	if n != 2 || p.Part < 1 || p.Part > p.Parts {
		return usagef("--part %s: want i/n, part i of n, as 2/8", text)
	}
	if all := len(p.Entrants) * p.Seeds; p.Parts > all {
		return usagef("--part %s: there are only %d runs (%d samplers, %d seeds)", text, all, len(p.Entrants), p.Seeds)
	}
	return nil
}

// part is a folder of a merge.
type part struct {
	*plan
	dir string
}

func (p part) String() string { return fmt.Sprintf("%s (part %d of %d)", p.dir, p.Part, p.Parts) }

// mergeParts makes of the folders of all parts that of the whole comparison.
func (o *compareOptions) mergeParts(c *cobra.Command, dirs []string, out, notes io.Writer) error {
	for _, f := range []string{"preset", "config", "set", "sampler", "seeds", "seconds", "data", "dir", "resume", "part", "workers"} {
		if c.Flags().Changed(f) {
			return usagef("--%s cannot go with --merge: the parts say it", f)
		}
	}
	parts, err := readParts(dirs)
	if err != nil {
		return fmt.Errorf("--merge: %w", err)
	}
	whole := &plan{Seconds: parts[0].Seconds, Seeds: parts[0].Seeds, Entrants: parts[0].Entrants}
	from := map[string]string{} // folders of runs
	for _, p := range parts {
		for _, r := range p.Runs {
			from[r.Folder] = filepath.Join(p.dir, r.Folder)
			whole.Runs = append(whole.Runs, r)
		}
	}
	slices.SortFunc(whole.Runs, func(a, b comparedRun) int { return cmp.Or(a.Entrant-b.Entrant, cmp.Compare(a.Seed, b.Seed)) })
	folder, err := run.CreateFolder(o.out, "compare-merged")
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := copyRuns(whole.Runs, folder.Path, from, notes); err != nil {
		return fmt.Errorf("--merge: %w", err)
	}
	if err := whole.save(folder.Path); err != nil {
		return err
	}
	return o.show(whole, folder.Path, out, notes)
}

// copyRuns copies the runs of a merge into its folder, all or none. That they were not computed alike is noted.
func copyRuns(runs []comparedRun, folder string, from map[string]string, notes io.Writer) (err error) {
	makers := map[string]string{} // what computed runs, and one of them
	defer func() {
		for _, r := range runs {
			if err != nil {
				os.RemoveAll(filepath.Join(folder, r.Folder))
			}
		}
	}()
	for _, r := range runs {
		by, err := copyRun(filepath.Join(folder, r.Folder), from[r.Folder])
		if err != nil {
			return err
		}
		makers[by] = cmp.Or(makers[by], from[r.Folder])
	}
	if len(makers) > 1 {
		fmt.Fprintln(notes, "warning: the runs were not all computed by the same program on the same instruction set:")
		for _, by := range slices.Sorted(maps.Keys(makers)) {
			fmt.Fprintf(notes, "  %s: %s\n", makers[by], by)
		}
	}
	return nil
}

// copyRun copies what a table and a figure need of a run, and returns the words of its configuration on what computed it.
func copyRun(to, from string) (by string, err error) {
	if err := os.Mkdir(to, 0o777); err != nil {
		return "", err
	}
	for _, name := range []string{"config.toml", "events.jsonl"} {
		source, _, err := files.Open(filepath.Join(from, name))
		if err != nil {
			return "", err
		}
		in := bufio.NewReader(source)
		if name == "config.toml" {
			line, _ := in.Peek(200)
			by, _, _ = strings.Cut(strings.TrimPrefix(string(line), "# "), "\n")
		}
		err = files.WriteSynced(filepath.Join(to, name), func(w io.Writer) error { _, err := io.Copy(w, in); return err })
		if err = errors.Join(err, source.Close()); err != nil {
			return "", err
		}
	}
	return by, nil
}

// readParts reads the parts of one comparison, in their order. The error names every part that is missing, there twice, not
// done, of another comparison, or none at all.
func readParts(dirs []string) ([]part, error) {
	var parts []part
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	for _, dir := range dirs {
		p, err := readPlan(dir)
		switch {
		case err != nil:
			errs = append(errs, err)
		case p.Parts == 0:
			fail("%s holds a whole comparison, no part of one", dir)
		default:
			parts = append(parts, part{p, filepath.Clean(dir)})
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int { return a.Part - b.Part })
	var same []part
	for _, p := range parts {
		if why := parts[0].differs(p.plan); why != "" {
			fail("%s is of another comparison than %s: %s", p, parts[0], why)
			continue
		}
		same = append(same, p)
		if n := len(same); n > 1 && same[n-2].Part == p.Part {
			fail("%s and %s are the same part", same[n-2].dir, p)
			continue
		}
		for k, r := range p.Runs {
			if r.Entrant < 0 || r.Entrant >= len(p.Entrants) || r.Seed < 1 || r.Seed > uint64(p.Seeds) || !p.mine(r.Entrant, r.Seed) ||
				!filepath.IsLocal(r.Folder) || slices.ContainsFunc(p.Runs[:k], func(o comparedRun) bool { return o.Entrant == r.Entrant && o.Seed == r.Seed || o.Folder == r.Folder }) {
				fail("%s: run %d of its %s is none of that part", p, k+1, planName)
			}
		}
		if len(p.Runs) < p.total() {
			fail("%s: %d of %d runs are done: go on with: anila-cpu compare --resume %s", p, len(p.Runs), p.total(), p.dir)
		}
	}
	if len(same) > 0 {
		var missing []string
		for i := 1; i <= same[0].Parts; i++ {
			if !slices.ContainsFunc(same, func(p part) bool { return p.Part == i }) {
				missing = append(missing, fmt.Sprint(i))
			}
		}
		if missing != nil {
			fail("part %s of %d is missing", strings.Join(missing, ", "), same[0].Parts)
		}
	}
	return parts, errors.Join(errs...)
}

// differs says in what a part is not of the same comparison as p, "" where it is. Where the data lie may differ.
func (p *plan) differs(o *plan) string {
	switch {
	case o.Parts != p.Parts:
		return fmt.Sprintf("of %d parts, not of %d", o.Parts, p.Parts)
	case o.Seconds != p.Seconds:
		return fmt.Sprintf("--seconds %g, not %g", o.Seconds, p.Seconds)
	case o.Seeds != p.Seeds:
		return fmt.Sprintf("--seeds %d, not %d", o.Seeds, p.Seeds)
	case len(o.Entrants) != len(p.Entrants):
		return fmt.Sprintf("%d samplers, not %d", len(o.Entrants), len(p.Entrants))
	}
	for i, e := range o.Entrants {
		if e.Sampler != p.Entrants[i].Sampler {
			return fmt.Sprintf("--sampler %s, not %s", e.Sampler, p.Entrants[i].Sampler)
		}
		was, now := portable(p.Entrants[i].Config), portable(e.Config)
		for k, line := range now {
			if k >= len(was) || line != was[k] {
				line, _, _ = strings.Cut(line, "#")
				return fmt.Sprintf("its %s has %s", e.Sampler, strings.Join(strings.Fields(line), " "))
			}
		}
	}
	return ""
}

// portable are the lines of a configuration without places of a machine.
func portable(text string) []string {
	if clean, err := settings.Portable([]byte(text)); err == nil {
		text = string(clean)
	}
	return strings.Split(text, "\n")
}
