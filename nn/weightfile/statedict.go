package weightfile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"anila/internal/files"
)

// What torch.save wrote may be a state dict, a dict that has one or several under some key at some depth, or a whole module.
// All containers with tensors in them are collected, those that look like a state dict are told from the others (moments of
// an optimizer, numbers of a log), and of these there must be one, or the caller says which.

// How deep containers are looked into, and how long their names and those of modules may be together.
const (
	maxDepth  = 16
	maxPrefix = 1000
)

// expandFree is how many elements a file's tensors may have beyond its bytes: views can show elements more than once.
const expandFree = 4 << 20

// group is a container with the tensors that lie directly in it.
type group struct {
	path    []string
	names   []string
	tensors []any // *view or *unread
	meta    map[string]string
	joined  *group // the state dict that this is a part of
}

func (g *group) add(name string, tensor any) {
	g.names, g.tensors = append(g.names, name), append(g.tensors, tensor)
}

// key is the name under which a user asks for the group.
func (g *group) key() string {
	if len(g.path) == 0 {
		return "."
	}
	return strings.Join(g.path, ".")
}

// floats counts the tensors that can be read.
func (g *group) floats() int {
	n := 0
	for _, t := range g.tensors {
		if _, ok := t.(*view); ok {
			n++
		}
	}
	return n
}

// looksLikeWeights says that a parameter's name occurs.
func (g *group) looksLikeWeights() bool {
	return slices.ContainsFunc(g.names, func(s string) bool { return strings.Contains(s, "weight") || strings.Contains(s, "bias") })
}

// walker collects groups, in the file's order and every container once.
type walker struct {
	groups []*group
	seen   map[any]bool
	deep   bool // something beyond maxDepth or maxPrefix was left out
}

func (w *walker) walk(value any, path []string) {
	switch value.(type) {
	case *list, *dict, *object:
	default:
		return
	}
	if w.seen[value] {
		return
	}
	w.seen[value] = true
	var g *group
	here := func() *group {
		if g == nil {
			g = &group{path: slices.Clone(path)}
			w.groups = append(w.groups, g)
		}
		return g
	}
	below := func(name string, v any) {
		switch v.(type) {
		case *view, *unread:
			here().add(name, v)
		case *list, *dict, *object:
			if len(path) == maxDepth || len(name) > maxPrefix/maxDepth {
				w.deep = true
				return
			}
			w.walk(v, append(path, name))
		}
	}
	switch v := value.(type) {
	case *list:
		for i, item := range v.items {
			below(strconv.Itoa(i), item)
		}
	case *dict:
		for _, k := range v.keys {
			below(k, v.values[k])
		}
		if g != nil {
			g.meta = attributeMetadata(v)
		}
	case *object:
		if w.module(here, v, "") {
			return
		}
		if v.items != nil {
			for _, k := range v.items.keys {
				below(k, v.items.values[k])
			}
		}
		for i, item := range v.list {
			below(strconv.Itoa(i), item)
		}
		if state := attributes(v); state != nil {
			for _, k := range state.keys {
				below(k, state.values[k])
			}
		}
	}
}

// attributes returns an object's attributes by name; with __slots__ the state is a pair.
func attributes(o *object) *dict {
	switch s := o.state.(type) {
	case *dict:
		return s
	case *list:
		for _, part := range s.items {
			if d, ok := part.(*dict); ok {
				return d
			}
		}
	}
	return nil
}

// module collects parameters and buffers of a whole torch.nn.Module, as its state dict would name them; false for anything
// else.
func (w *walker) module(here func() *group, o *object, prefix string) bool {
	state := attributes(o)
	if state == nil {
		return false
	}
	children, ok := state.values["_modules"].(*dict)
	if !ok {
		return false
	}
	if len(prefix) > maxPrefix {
		w.deep = true
		return true
	}
	for _, kind := range []string{"_parameters", "_buffers"} {
		if d, ok := state.values[kind].(*dict); ok {
			for _, k := range d.keys {
				switch v := d.values[k].(type) {
				case *view, *unread:
					here().add(prefix+k, v)
				}
			}
		}
	}
	for _, k := range children.keys {
		if child, ok := children.values[k].(*object); ok && !w.seen[child] {
			w.seen[child] = true
			w.module(here, child, prefix+k+".")
		}
	}
	return true
}

// attributeMetadata reads what SavePTH leaves as an attribute of the state dict.
func attributeMetadata(d *dict) map[string]string {
	state, ok := d.state.(*dict)
	if !ok {
		return nil
	}
	texts, ok := state.values[metadataName].(*dict)
	if !ok {
		return nil
	}
	m := map[string]string{}
	for _, k := range texts.keys {
		m[k] = texts.text(k)
	}
	return m
}

// stateDict reads the state dict in what a file holds. read gives the bytes of a storage.
func stateDict(value any, key string, size int64, name string, read func(*storage) ([]byte, error)) (*File, error) {
	w := &walker{seen: map[any]bool{}}
	w.walk(value, nil)
	chosen, err := choose(w, key, name)
	if err != nil {
		return nil, err
	}
	file := &File{Form: "file of torch.save", Metadata: chosen.meta}
	raw := map[*storage][]byte{}
	room := size + expandFree
	for i, t := range chosen.tensors {
		if u, ok := t.(*unread); ok {
			file.LeftOut = append(file.LeftOut, LeftOut{chosen.names[i], u.reason})
			continue
		}
		v := t.(*view)
		count := v.count(room)
		if room -= count; room < 0 {
			return nil, files.Errorf(name, -1, "tensors of more than %d elements in a file of %d bytes, at %q", size+expandFree, size, short(chosen.names[i]))
		}
		bytes, ok := raw[v.storage]
		if !ok && count > 0 {
			if bytes, err = read(v.storage); err != nil {
				return nil, err
			}
			raw[v.storage] = bytes
		}
		shape := make([]int, len(v.shape))
		for k, n := range v.shape {
			shape[k] = int(n)
		}
		file.Tensors = append(file.Tensors, Tensor{chosen.names[i], shape, v.gather(bytes, int(count))})
	}
	for _, g := range w.groups {
		below := len(g.path) > len(chosen.path) && slices.Equal(g.path[:len(chosen.path)], chosen.path)
		if below && g.joined != chosen {
			file.LeftOut = append(file.LeftOut, LeftOut{strings.Join(g.path[len(chosen.path):], "."),
				fmt.Sprintf("%d tensors in a container of their own", len(g.tensors))})
		}
	}
	return file, nil
}

// choose picks the state dict that key names, or the only one.
func choose(w *walker, key, name string) (*group, error) {
	var all, weights []*group
	for _, g := range w.groups {
		if g.floats() == 0 || slices.ContainsFunc(g.path, func(s string) bool { return strings.HasPrefix(s, "optim") }) && key == "" {
			continue
		}
		all = append(all, g)
		if g.looksLikeWeights() {
			weights = append(weights, g)
		}
	}
	if key != "" {
		for _, groups := range [][]*group{weights, all} {
			var found []*group
			for _, g := range groups {
				switch {
				case g.key() == key:
					return g, nil
				case strings.HasSuffix(g.key(), "."+key):
					found = append(found, g)
				}
			}
			if len(found) == 1 {
				return found[0], nil
			}
		}
		path := strings.Split(key, ".")
		below := slices.DeleteFunc(slices.Clone(weights), func(g *group) bool {
			return len(g.path) <= len(path) || !slices.Equal(g.path[:len(path)], path)
		})
		if below = join(below, path); len(below) == 1 {
			return below[0], nil
		}
	}
	if weights = join(weights, nil); len(weights) == 0 {
		weights = all
	}
	if key == "" && len(weights) == 1 {
		return weights[0], nil
	}
	if len(weights) == 0 {
		return nil, files.Errorf(name, -1, "the file holds no floating-point tensors under names%s", leftOver(w))
	}
	e := &ChoiceError{File: name, Key: key}
	for i, g := range weights {
		if i == 10 {
			e.Keys = append(e.Keys, fmt.Sprintf("and %d more", len(weights)-i))
			break
		}
		e.Keys = append(e.Keys, fmt.Sprintf("%s (%d tensors)", short(g.key()), len(g.tensors)))
	}
	return nil, e
}

// leftOver says what a file without tensors of floats does hold.
func leftOver(w *walker) string {
	var out []string
	for _, g := range w.groups {
		for i, t := range g.tensors {
			if u, ok := t.(*unread); ok && len(out) < 5 {
				out = append(out, LeftOut{short(strings.Join(append(slices.Clone(g.path), g.names[i]), ".")), u.reason}.String())
			}
		}
	}
	switch {
	case len(out) > 0:
		return "; left out: " + strings.Join(out, ", ")
	case w.deep:
		return fmt.Sprintf("; what lies deeper than %d containers, or under long names, was left out", maxDepth)
	}
	return ""
}

// join makes one state dict of the parts of a nested one, {"f": {"0": {"weight": …, "bias": …}, "2": …}}: several groups
// whose names have no dots become one, at the container path.
func join(groups []*group, path []string) []*group {
	joined := &group{path: path}
	var parts, rest []*group
	for _, g := range groups {
		if len(g.path) <= len(path) || slices.ContainsFunc(g.names, func(s string) bool { return strings.Contains(s, ".") }) {
			rest = append(rest, g)
			continue
		}
		parts = append(parts, g)
		prefix := strings.Join(g.path[len(path):], ".") + "."
		for i, name := range g.names {
			joined.add(prefix+name, g.tensors[i])
		}
	}
	if len(parts) < 2 {
		return groups
	}
	for _, g := range parts {
		g.joined = joined
	}
	return append([]*group{joined}, rest...)
}
