package settings

import (
	"fmt"
	"reflect"
	"strings"
)

// free tells the keys that may change while a run goes on. checkpoint.every is none: a roll-back goes to the checkpoints that
// it schedules.
func (k key) free() bool {
	if k.name == "checkpoint.every" {
		return false
	}
	section, _, _ := strings.Cut(k.name, ".")
	return k.name == "train.iterations" || k.name == "data.dir" || section == "log" || section == "eval" || section == "checkpoint"
}

// freeKeys is what free allows, in words.
const freeKeys = "resuming may change train.iterations, data.dir, log.*, eval.* and, but for every, checkpoint.* only"

// differs returns the first key that is not free and whose value is another one in b.
func differs(a, b *Config) (k key, found bool) {
	for _, k := range keys {
		if !k.free() && !reflect.DeepEqual(k.value(a).Interface(), k.value(b).Interface()) {
			return k, true
		}
	}
	return key{}, false
}

// Reopen resolves the config.toml of a run that goes on, with what list and flags (of Layers) change: train.iterations,
// data.dir, log, eval and checkpoint keys but checkpoint.every. An error names the first other key that would differ.
func Reopen(file string, list []string, flags map[string]any) (Config, error) {
	text, err := readFile(file)
	if err != nil {
		return Config{}, err
	}
	old, err := Resolve(Layers{File: file, Text: text})
	if err != nil {
		return Config{}, err
	}
	now, err := Resolve(Layers{File: file, Text: text, Settings: list, Flags: flags})
	if err != nil {
		return Config{}, err
	}
	if k, ok := differs(&old, &now); ok {
		return Config{}, &KeyError{Key: k.name, Value: formatTOML(k.value(&now).Interface()),
			Want: formatTOML(k.value(&old).Interface()) + ", as the run began (" + freeKeys + ")"}
	}
	now.remember(text)
	return now, nil
}

// remember fills in what only the comments of a resolved configuration tell: its preset, and what it went on from.
func (c *Config) remember(text []byte) {
	c.Preset, c.From = comment(text, presetComment), ""
	if from := comment(text, fromComment); from != "" {
		c.From = from // as it is, where it is not quoted
		if v, err := decode([]byte("v = " + from)); err == nil {
			c.From, _ = v["v"].(string)
		}
	}
}

// comment is what follows in the text of a resolved configuration in the comment of a kind, "" where there is none.
func comment(text []byte, kind string) string {
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), kind); ok {
			return rest
		}
	}
	return ""
}

// Portable is Config.Portable for the text of a resolved configuration.
func Portable(text []byte) ([]byte, error) {
	c, err := Resolve(Layers{File: "settings", Text: text})
	if err != nil {
		return nil, err
	}
	c.remember(text)
	return c.Portable().TOML(), nil
}

// Continues returns nil where the configuration goes on with a checkpoint at path that was written with the settings of text,
// and else an error that names the first key that differs: somebody has changed the run's config.toml.
func (c Config) Continues(text, path string) error {
	was, err := Resolve(Layers{File: path, Text: []byte(text)})
	if err != nil {
		return fmt.Errorf("train: settings in %s: %w", path, err)
	}
	if k, ok := differs(&was, &c); ok {
		return &KeyError{Key: k.name, Value: formatTOML(k.value(&c).Interface()), From: "config.toml",
			Want: fmt.Sprintf("%s, with which %s was written (%s)", formatTOML(k.value(&was).Interface()), path, freeKeys)}
	}
	return nil
}

// bound says why a key cannot change where a new run goes on from a checkpoint that was written with settings was, "" where it
// can: the checkpoint's state is what it is, or the key acts before the first iteration only.
func (k key) bound(was *Config) string {
	section, _, _ := strings.Cut(k.name, ".")
	switch k.name {
	case "model.temperature", "model.reference_sd", "data.dir", "data.noise", "data.flip":
		return ""
	case "seed":
		return "its streams of random numbers go on"
	case "model.init":
		return "its weights go on"
	case "sampler.adapt":
		return "steps are tuned before the first iteration, which is done"
	case "chains.start", "chains.bank":
		return "its bank of chains goes on"
	case "train.shards":
		return "its bank of chains is cut into as many parts"
	case "optim.name":
		return "the optimizer's moments go on"
	case "train.batch", "chains.count":
		if len(was.Train.Levels.Pictures) > 0 {
			return "its levels go on, which are counted in pictures"
		}
	}
	return map[string]string{"model": "its network goes on", "data": "its data go on", "levels": "its levels go on"}[section]
}

// Fork resolves the settings of a new run that goes on from a checkpoint at path: those of text, with which it was written,
// and what list and flags (of Layers) change. An error names the first key whose change cannot be carried over.
func Fork(text, path string, list []string, flags map[string]any) (was, now Config, err error) {
	layers := Layers{File: path, Text: []byte(text)}
	if was, err = Resolve(layers); err != nil {
		return was, now, err
	}
	layers.Settings, layers.Flags = list, flags
	if now, err = Resolve(layers); err != nil {
		return was, now, err
	}
	for _, k := range keys {
		before, after := k.value(&was).Interface(), k.value(&now).Interface()
		if why := k.bound(&was); why != "" && !reflect.DeepEqual(before, after) {
			return was, now, &KeyError{Key: k.name, Value: formatTOML(after), Want: fmt.Sprintf("%s, as %s has it: %s", formatTOML(before), path, why)}
		}
	}
	now.remember([]byte(text))
	now.From, now.Init = path, ""
	return was, now, nil
}
