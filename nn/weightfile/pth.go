package weightfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"

	"anila/internal/files"
)

// A file that torch.save wrote is a zip archive (PyTorch ≥ 1.6) or, the older form, pickles one after the other. Its
// floating-point tensors are read in the order of the dict; no code in it is run.

// storages collects what a pickle refers to, each key once.
type storages struct {
	byKey map[string]*storage
	limit int64 // elements that a storage may have
}

// resolve reads ("storage", class, key, device, count, …).
func (s *storages) resolve(id []any) (*storage, error) {
	if len(id) < 5 || id[0] != any("storage") {
		return nil, errors.New("a persistent id that is no storage")
	}
	class, ok := id[1].(global)
	key, ok2 := id[2].(string)
	count, ok3 := id[4].(int64)
	if !ok || !ok2 || !ok3 {
		return nil, errors.New("a storage without class, key and number of elements")
	}
	if count < 0 || count > s.limit {
		return nil, fmt.Errorf("a storage of %d elements in a file that has at most %d", count, s.limit)
	}
	if known, ok := s.byKey[key]; ok {
		return known, nil
	}
	typ, ok := storageTypes[class.name]
	if !ok {
		typ = element{name: class.String()}
	}
	v := &storage{key, typ, count}
	s.byKey[key] = v
	return v, nil
}

func readZipPTH(a *archive, key string) (*File, error) {
	pickle := a.find("data.pkl")
	if pickle == nil {
		return nil, files.Errorf(a.name, -1, "a zip archive without data.pkl")
	}
	root := path.Dir(pickle.Name)
	if f := a.byName[root+"/byteorder"]; f != nil {
		if order, err := a.stored(f); err != nil || string(order) != "little" {
			return nil, files.Errorf(a.name, -1, "byte order %q; little is read", short(string(order)))
		}
	}
	data, err := a.stored(pickle)
	if err != nil {
		return nil, err
	}
	known := &storages{byKey: map[string]*storage{}, limit: a.size}
	u := &unpickler{data: data, file: a.name + ":" + short(pickle.Name), storage: known.resolve}
	value, err := u.load()
	if err != nil {
		return nil, err
	}
	read := func(s *storage) ([]byte, error) {
		f := a.byName[root+"/data/"+s.key]
		if f == nil {
			return nil, files.Errorf(a.name, -1, "no entry for storage %q", short(s.key))
		}
		raw, err := a.stored(f)
		if err == nil && int64(len(raw)) != s.count*s.typ.bytes {
			err = files.Errorf(a.name+":"+short(f.Name), -1, "storage of %d bytes for %d elements of %s", len(raw), s.count, s.typ.name)
		}
		return raw, err
	}
	return stateDict(value, key, a.size, a.name, read)
}

// The first two pickles of the older form.
const (
	legacyMagic    = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"
	legacyProtocol = 1001
)

// readLegacyPTH reads magic number, protocol, system, state dict and the list of
// storages, five pickles one after the other, then for each storage its number of
// elements and the elements.
func readLegacyPTH(r io.ReaderAt, size int64, name, key string) (*File, error) {
	data := make([]byte, size)
	if err := readAt(r, data, 0); err != nil {
		return nil, files.Errorf(name, 0, "%v", err)
	}
	known := &storages{byKey: map[string]*storage{}, limit: size}
	u := &unpickler{data: data, file: name, storage: known.resolve}
	var parts [5]any
	for i := range parts {
		var err error
		if parts[i], err = u.load(); err != nil && i > 0 {
			return nil, err
		}
		if i == 0 && parts[0] != any(bigInteger(legacyMagic)) {
			return nil, files.Errorf(name, 0, "neither a zip archive nor the older form of torch.save")
		}
		if i == 1 && parts[1] != any(int64(legacyProtocol)) {
			return nil, u.fail("torch.save's protocol is not %d", legacyProtocol)
		}
	}
	keys, ok := parts[4].(*list)
	if !ok {
		return nil, u.fail("no list of storages")
	}
	where := map[string][]byte{}
	for _, k := range keys.items {
		key, _ := k.(string)
		s := known.byKey[key]
		if s == nil {
			return nil, u.fail("storage %q has no tensor", short(key))
		}
		if s.typ.bytes == 0 {
			return nil, u.fail("storage %q has elements of type %s, whose size is not known", short(key), s.typ.name)
		}
		if where[key] != nil || len(data)-u.at < 8 {
			return nil, u.fail("storage %q comes twice or not at all", short(key))
		}
		count := binary.LittleEndian.Uint64(data[u.at:])
		if count != uint64(s.count) || count > uint64(len(data)-u.at-8)/uint64(s.typ.bytes) {
			return nil, u.fail("storage %q of %d elements; its tensors see %d, and the file has %d bytes left", short(key), count, s.count, len(data)-u.at-8)
		}
		end := u.at + 8 + int(count*uint64(s.typ.bytes))
		where[key] = data[u.at+8 : end : end]
		u.at = end
	}
	read := func(s *storage) ([]byte, error) {
		raw := where[s.key]
		if raw == nil {
			return nil, files.Errorf(name, size, "storage %q is missing", short(s.key))
		}
		return raw, nil
	}
	return stateDict(parts[3], key, size, name, read)
}
