package weightfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"
	"time"
)

// rawEntry is an entry of a zip file whose directory may say anything about it.
type rawEntry struct {
	name     string
	data     []byte
	at       int    // −1: behind the entries before; else where the directory says that the local header stands
	size     uint32 // 0: that of data
	unpacked uint32 // 0: size
	method   uint16
}

// rawZip writes local headers and a directory without any check.
func rawZip(entries []rawEntry) []byte {
	le := binary.LittleEndian
	var out, directory []byte
	for _, e := range entries {
		at := uint32(len(out))
		if e.size == 0 {
			e.size = uint32(len(e.data))
		}
		if e.unpacked == 0 {
			e.unpacked = e.size
		}
		head := le.AppendUint16(nil, 20) // version
		head = le.AppendUint16(head, 0)
		head = le.AppendUint16(head, e.method)
		head = le.AppendUint32(head, 0) // time
		head = le.AppendUint32(head, crc32.ChecksumIEEE(e.data))
		head = le.AppendUint32(head, e.size)
		head = le.AppendUint32(head, e.unpacked)
		head = le.AppendUint16(head, uint16(len(e.name)))
		head = le.AppendUint16(head, 0) // extra
		if e.at < 0 {
			out = append(append(append(append(out, "PK\x03\x04"...), head...), e.name...), e.data...)
		} else {
			at = uint32(e.at)
		}
		directory = le.AppendUint16(append(directory, "PK\x01\x02"...), 20)
		directory = append(directory, head...)
		directory = append(directory, make([]byte, 10)...) // comment, disk, attributes
		directory = append(le.AppendUint32(directory, at), e.name...)
	}
	start := len(out)
	out = append(append(out, directory...), "PK\x05\x06\x00\x00\x00\x00"...)
	out = le.AppendUint16(le.AppendUint16(out, uint16(len(entries))), uint16(len(entries)))
	out = le.AppendUint32(le.AppendUint32(out, uint32(len(directory))), uint32(start))
	return append(out, 0, 0)
}

// pickleText pushes a string.
func pickleText(s string) string {
	return "X" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(s)))) + s
}

// pickleTensor is a tensor of n floats on storage key, of count floats, from offset on.
func pickleTensor(key string, count, offset, n, stride byte) string {
	return "ctorch._utils\n_rebuild_tensor_v2\n((" + pickleText("storage") + "ctorch\nFloatStorage\n" + pickleText(key) + pickleText("cpu") +
		"K" + string(count) + "tQK" + string(offset) + "K" + string(n) + "\x85K" + string(stride) + "\x85tR"
}

// What is built to take memory, time or the stack gives an error, quickly, without much memory and without printing it.
func TestHostileStructure(t *testing.T) {
	inZip := func(pickle string, more ...rawEntry) []byte {
		return rawZip(append([]rawEntry{{name: "a/data.pkl", data: []byte(pickle), at: -1}, {name: "a/data/0", data: make([]byte, 64), at: -1}}, more...))
	}
	tensor := pickleTensor("0", 16, 0, 16, 1)
	var overlapping []rawEntry
	body := make([]byte, 1<<20)
	for i := range 200 {
		e := rawEntry{name: fmt.Sprintf("a/data/%03d", i), data: body, at: 0}
		if i == 0 {
			e.at = -1
		}
		overlapping = append(overlapping, e)
	}
	laughs := "]q\x00" // a list of two of the list before, 60 times
	for i := range byte(60) {
		laughs += "](h" + string([]byte{i}) + "h" + string([]byte{i}) + "eq" + string([]byte{i + 1})
	}
	many := "}("
	for i := range 20000 {
		many += pickleText(fmt.Sprint(i)) + "]"
	}
	many += "u"
	deepDicts := strings.Repeat("}"+pickleText("a"), 100000) + "N" + strings.Repeat("s", 100000)
	module := "ctorch.nn\nModule\n)\x81}(" + pickleText("_modules") + "}" + pickleText("_parameters") + "}" + "ub"
	for range 3000 {
		module = "ctorch.nn\nModule\n)\x81}(" + pickleText("_modules") + "}" + pickleText(strings.Repeat("m", 20)) + module + "s" + pickleText("_parameters") + "}" + "ub"
	}
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"entries that share bytes", "share bytes", rawZip(overlapping)},
		{"an entry inside another", "share bytes", rawZip([]rawEntry{{name: "a/data.pkl", data: body, at: -1}, {name: "a/data.pkm", data: body[:100], at: 0}})},
		{"the same entry twice", "occurs twice", inZip("}.", rawEntry{name: "a/data/0", data: body, at: -1})},
		{"an entry beyond the file", "claims", inZip("}.", rawEntry{name: "b", at: -1, size: 1 << 31})},
		{"a stored entry that grows", "claims", inZip("}.", rawEntry{name: "b", data: body, at: -1, unpacked: 1 << 31})},
		{"a deflated entry of 4 GB", "unpack", inZip("}.", rawEntry{name: "b", data: body, at: -1, unpacked: 1<<32 - 1, method: 8})},
		{"many deflated entries of 300 MB", "unpack", inZip("}.", rawEntry{name: "b", data: body, at: -1, unpacked: 200 << 20, method: 8}, rawEntry{name: "c", data: body, at: -1, unpacked: 200 << 20, method: 8})},
		{"another method", "method 12", inZip("}.", rawEntry{name: "b", data: body, at: -1, method: 12})},
		{"nested tuples", "no floating-point", inZip("]" + strings.Repeat("\x85", 1<<20) + ".")},
		{"nested tuples as a storage", "no storage", inZip(")" + strings.Repeat("\x85", 1<<20) + "Q.")},
		{"nested tuples as a shape", "without storage", inZip("ctorch._utils\n_rebuild_tensor_v2\n(" + ")" + strings.Repeat("\x85", 1<<20) + "NNNtR.")},
		{"nested tuples as a function's name", "no floating-point", inZip(")" + strings.Repeat("\x85", 1<<20) + ")R.")},
		{"nested rebuilding", "no floating-point", inZip("ctorch._tensor\n_rebuild_from_type_v2\nq\x00(h\x00N(h\x00N)NtNtR.")},
		{"a list that holds itself", "no floating-point", inZip("]q\x00h\x00a.")},
		{"a dict that holds itself", "no floating-point", inZip("}q\x00" + pickleText("a") + "h\x00s.")},
		{"a billion laughs", "no floating-point", inZip(laughs + ".")},
		{"many lists", "no floating-point", inZip(many + ".")},
		{"100,000 dicts in each other", "deeper than", inZip(deepDicts + ".")},
		{"3,000 modules in each other", "deeper than", inZip(module + ".")},
		{"a tensor deep down", "deeper than", inZip(strings.Repeat("}"+pickleText("a"), 40) + tensor + strings.Repeat("s", 40) + ".")},
		{"endless instructions", "instructions", inZip(strings.Repeat("N0", 3<<20) + ".")},
		{"a million marks", "stack is empty", inZip(strings.Repeat("(", 1<<20) + "0.")},
		{"a number of a megabyte", "no floating-point", inZip("\x8b\x00\x00\x10\x00" + strings.Repeat("\xff", 1<<20) + ".")},
		{"a memo far away", "no place", inZip("Np999999999999\n.")},
		{"a name of a megabyte", "no floating-point", inZip("c" + strings.Repeat("m", 1<<20) + "\nx\n)R.")},
		{"a storage class of a megabyte", "no floating-point", inZip("}" + pickleText("a") + "ctorch._utils\n_rebuild_tensor_v2\n((" + pickleText("storage") + "ctorch\n" + strings.Repeat("X", 1<<20) + "\n" +
			pickleText("0") + pickleText("cpu") + "K\x01tQK\x00K\x01\x85K\x01\x85tRs.")},
		{"views of a terabyte", "more than", inZip("}" + pickleText("weight") + strings.Replace(tensor, "K\x10\x85K\x01\x85tR", "J\x00\x00\x00\x40J\x00\x00\x00\x40\x86K\x00K\x00\x86tR", 1) + "s.")},
		{"a thousand state dicts", "and 990 more", inZip("(" + manyStates(1000) + "d.")},
	} {
		before, start := allocated(), time.Now()
		_, err := Read(bytes.NewReader(c.data), int64(len(c.data)), "bad.pth", "")
		used, took := allocated()-before, time.Since(start)
		var format *FormatError
		var choice *ChoiceError
		if !errors.As(err, &format) && !errors.As(err, &choice) || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 1000 {
			t.Errorf("%s: %.300v; want an error that says %q", c.name, err, c.want)
		}
		if limit := uint64(200*len(c.data) + 1<<20); used > limit {
			t.Errorf("%s: %d bytes allocated for a file of %d", c.name, used, len(c.data))
		}
		if took > 20*time.Second {
			t.Errorf("%s: %v", c.name, took)
		}
	}
}

// manyStates are keys and values of n state dicts of one tensor.
func manyStates(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(pickleText(fmt.Sprint(i)) + "}" + pickleText("f.0.weight") + pickleTensor("0", 16, 0, 16, 1) + "s")
	}
	return b.String()
}

// script is what a fuzzer's bytes choose from.
type script struct{ b []byte }

func (s *script) next() int {
	if len(s.b) == 0 {
		return 0
	}
	v := s.b[0]
	s.b = s.b[1:]
	return int(v)
}

// pickle builds one, of instructions that follow each other as they should more often than chance would have it.
func (s *script) pickle() []byte {
	var out []byte
	pieces := []string{
		"}", "]", ")", "(", "N", "K\x05", "\x85", "\x86", "\x87", "t", "d", "l", "u", "e", "s", "a", "b", "R", "\x81", "\x92", "Q", "\x94", "2", "0", "1",
		"h\x00", "h\x01", "h\x02", "q\x00", "q\x01", "q\x02", "\x8f", "\x90", "\x91", "i" + "a\nb\n", "o", "\x93", "\x95\x00\x00\x00\x00\x00\x00\x00\x00",
		"}" + pickleText("f.0.weight") + pickleTensor("0", 16, 0, 16, 1) + "s",
		"}" + pickleText("state_dict") + "}" + pickleText("f.0.bias") + pickleTensor("0", 16, 1, 15, 1) + "ss",
		pickleTensor("0", 16, 15, 255, 0), pickleTensor("1", 4, 0, 4, 1), pickleTensor("0", 16, 3, 9, 2),
		"ctorch._utils\n_rebuild_tensor_v2\n", "ctorch._utils\n_rebuild_parameter\n", "ctorch._tensor\n_rebuild_from_type_v2\n", "ccollections\nOrderedDict\n)R",
		"ctorch.nn\nModule\n)\x81", pickleText("_modules"), pickleText("_parameters"), pickleText("weight"), pickleText(""), "\x8a\x01\xff", "I01\n", "F1.5\n", "S'x'\n", "P7\n",
	}
	for len(s.b) > 0 && len(out) < 1<<16 {
		piece := pieces[s.next()%len(pieces)]
		times := 1
		if n := s.next(); n >= 250 { // now and then a great many
			times = 1 << (n - 247)
		}
		for range times {
			out = append(out, piece...)
		}
	}
	return append(out, '.')
}

// zip builds an archive around a pickle, whose entries may lie upon each other and claim what they have not.
func (s *script) zip() []byte {
	entries := []rawEntry{{name: "a/data/0", data: make([]byte, 64), at: -1}, {name: "a/byteorder", data: []byte("little"), at: -1}}
	for range s.next() % 8 {
		e := rawEntry{name: fmt.Sprintf("a/data/%d", s.next()%4), data: bytes.Repeat([]byte{1, 2, 3, 4}, s.next()), at: -1}
		switch s.next() % 8 {
		case 0:
			e.at = s.next()
		case 1:
			e.size = uint32(s.next()) << (s.next() % 24)
		case 2:
			e.unpacked, e.method = uint32(s.next())<<(s.next()%24), 8
		case 3:
			e.name = "f.0.weight.npy"
			e.data = npy("{'descr': '<f4', 'fortran_order': False, 'shape': ("+fmt.Sprint(s.next())+",), }", e.data)
		}
		entries = append(entries, e)
	}
	if s.next()%4 > 0 {
		entries = slices.Insert(entries, s.next()%len(entries), rawEntry{name: "a/data.pkl", data: s.pickle(), at: -1})
	}
	return rawZip(entries)
}

// FuzzHostileStructure builds archives and pickles on purpose that lie about themselves.
func FuzzHostileStructure(f *testing.F) {
	for i := range 64 {
		seed := make([]byte, 120)
		for k := range seed {
			seed[k] = byte((i+1)*(k+7)*31 + k*k)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		data := (&script{b}).zip()
		before, start := allocated(), time.Now()
		w, err := Read(bytes.NewReader(data), int64(len(data)), "fuzz", "")
		if used := allocated() - before; used > uint64(400*len(data)+64<<20) {
			t.Fatalf("%d bytes allocated for a file of %d", used, len(data))
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Fatalf("%v for a file of %d bytes", took, len(data))
		}
		if err == nil && w.Form == ".npz archive" {
			checkLoaded(t, w, nil, unpackFree)
			return
		}
		checkLoaded(t, w, err, len(data))
	})
}
