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
	now.Preset = presetOf(text)
	return now, nil
}

// presetOf is the preset that the text of a resolved configuration came from, "" where it names none.
func presetOf(text []byte) string {
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), presetComment); ok {
			return name
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
	c.Preset = presetOf(text)
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
