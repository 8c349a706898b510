package weightfile

import (
	"encoding/binary"
	"fmt"
	"math"
)

// A reader of the pickles that torch.save writes (protocol 2). It builds plain
// values and nothing else: no class is looked up and no function called, so that
// a file cannot do anything. Memory is proportional to the bytes read; that is
// why this is not a general library, which takes the lengths in the file at their
// word.

// unpickler is a stack machine over data.
type unpickler struct {
	data  []byte
	at    int
	file  string
	base  int64 // offset of data in the file
	stack []any
	marks []int
	memo  map[int]any
	// storage resolves a persistent id.
	storage func(id tuple) (*storage, error)
}

type (
	tuple  []any
	list   struct{ items []any }
	global struct{ module, name string }
	opaque struct{ what string } // a value that no state dict needs
)

// dict keeps what is set under string keys, in order.
type dict struct {
	keys   []string
	values map[string]any
}

// storage is the memory of tensors, before it is read.
type storage struct {
	key   string
	dtype string // as in safetensors, "" for types that are not floating point
	bytes int64  // of an element
	count int64
}

// view is a tensor on a storage.
type view struct {
	storage *storage
	offset  int64
	shape   []int64
	stride  []int64
}

func (u *unpickler) fail(format string, args ...any) error {
	return &FormatError{u.file, u.base + int64(u.at), "pickle: " + fmt.Sprintf(format, args...)}
}

func (u *unpickler) take(n int) []byte {
	if n < 0 || n > len(u.data)-u.at {
		panic(u.fail("ends in the middle of an instruction"))
	}
	b := u.data[u.at : u.at+n]
	u.at += n
	return b
}

func (u *unpickler) line() string {
	for i := u.at; i < len(u.data); i++ {
		if u.data[i] == '\n' {
			s := string(u.data[u.at:i])
			u.at = i + 1
			return s
		}
	}
	panic(u.fail("ends in the middle of a line"))
}

func (u *unpickler) push(v any) { u.stack = append(u.stack, v) }

func (u *unpickler) pop() any {
	n := len(u.stack) - 1
	if n < 0 || len(u.marks) > 0 && n < u.marks[len(u.marks)-1] {
		panic(u.fail("stack is empty"))
	}
	v := u.stack[n]
	u.stack = u.stack[:n]
	return v
}

// popMark takes everything above the last mark.
func (u *unpickler) popMark() tuple {
	if len(u.marks) == 0 {
		panic(u.fail("no mark"))
	}
	from := u.marks[len(u.marks)-1]
	u.marks = u.marks[:len(u.marks)-1]
	items := append(tuple(nil), u.stack[from:]...)
	u.stack = u.stack[:from]
	return items
}

func (u *unpickler) top() any {
	v := u.pop()
	u.push(v)
	return v
}

func (u *unpickler) remember(at int) { u.memo[at] = u.top() }

func (u *unpickler) recall(at int) {
	v, ok := u.memo[at]
	if !ok {
		panic(u.fail("nothing remembered under %d", at))
	}
	u.push(v)
}

// load runs one pickle and returns its value; at stands behind it.
func (u *unpickler) load() (value any, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *FormatError:
			err = r
		default:
			panic(r)
		}
	}()
	u.stack, u.marks, u.memo = nil, nil, map[int]any{}
	for {
		if op := u.take(1)[0]; op == '.' {
			return u.pop(), nil
		} else {
			u.do(op)
		}
	}
}

func (u *unpickler) do(op byte) {
	le := binary.LittleEndian
	switch op {
	case 0x80: // PROTO
		if p := u.take(1)[0]; p > 3 {
			panic(u.fail("protocol %d; torch.save writes 2", p))
		}
	case '(':
		u.marks = append(u.marks, len(u.stack))
	case '}':
		u.push(&dict{values: map[string]any{}})
	case ']':
		u.push(&list{})
	case ')':
		u.push(tuple{})
	case 't':
		u.push(u.popMark())
	case 0x85, 0x86, 0x87: // TUPLE1 … TUPLE3
		n := int(op - 0x84)
		t := make(tuple, n)
		for i := n - 1; i >= 0; i-- {
			t[i] = u.pop()
		}
		u.push(t)
	case 'q':
		u.remember(int(u.take(1)[0]))
	case 'r':
		u.remember(int(le.Uint32(u.take(4))))
	case 'h':
		u.recall(int(u.take(1)[0]))
	case 'j':
		u.recall(int(le.Uint32(u.take(4))))
	case 'X', 'T':
		u.push(string(u.take(int(le.Uint32(u.take(4))))))
	case 'U':
		u.push(string(u.take(int(u.take(1)[0]))))
	case 'J':
		u.push(int64(int32(le.Uint32(u.take(4)))))
	case 'K':
		u.push(int64(u.take(1)[0]))
	case 'M':
		u.push(int64(le.Uint16(u.take(2))))
	case 0x8a: // LONG1
		b := u.take(int(u.take(1)[0]))
		if len(b) > 8 {
			u.push(opaque{fmt.Sprintf("%x", b)})
			return
		}
		var v uint64
		for i, c := range b {
			v |= uint64(c) << (8 * i)
		}
		if n := len(b); n > 0 && n < 8 && b[n-1] >= 128 {
			v -= 1 << (8 * n)
		}
		u.push(int64(v))
	case 'G':
		u.push(math.Float64frombits(binary.BigEndian.Uint64(u.take(8))))
	case 'N':
		u.push(nil)
	case 0x88, 0x89:
		u.push(op == 0x88)
	case 'c':
		module := u.line()
		u.push(global{module, u.line()})
	case 'Q':
		u.persistent()
	case 'R', 0x81: // REDUCE, NEWOBJ
		args, ok := u.pop().(tuple)
		if !ok {
			panic(u.fail("arguments are no tuple"))
		}
		u.push(u.call(u.pop(), args))
	case 'b': // state of an object: nothing that a state dict needs
		u.pop()
	case 's':
		v := u.pop()
		u.set(u.pop(), v)
	case 'u':
		items := u.popMark()
		for i := 0; i+1 < len(items); i += 2 {
			u.set(items[i], items[i+1])
		}
	case 'a', 'e':
		var items tuple
		if op == 'e' {
			items = u.popMark()
		} else {
			items = tuple{u.pop()}
		}
		if l, ok := u.top().(*list); ok {
			l.items = append(l.items, items...)
		}
	case '0':
		u.pop()
	default:
		u.at--
		panic(u.fail("instruction %#02x is none that torch.save writes", op))
	}
}

func (u *unpickler) set(key, value any) {
	d, ok := u.top().(*dict)
	if !ok {
		panic(u.fail("an item is set on something that is no dict"))
	}
	d.set(key, value)
}

func (u *unpickler) persistent() {
	id, ok := u.pop().(tuple)
	if !ok || u.storage == nil {
		panic(u.fail("a persistent id that is none of PyTorch's"))
	}
	s, err := u.storage(id)
	if err != nil {
		panic(u.fail("%v", err))
	}
	u.push(s)
}

// call gives what a few known functions would return, and an opaque value for all
// others.
func (u *unpickler) call(f any, args tuple) any {
	g, _ := f.(global)
	switch g.module + "." + g.name {
	case "collections.OrderedDict":
		return newDict(args)
	case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor":
		v, err := newView(args)
		if err != nil {
			panic(u.fail("%v", err))
		}
		return v
	case "torch._utils._rebuild_parameter":
		if len(args) > 0 {
			return args[0]
		}
	}
	return opaque{g.module + "." + g.name}
}

// newDict is OrderedDict() or, from Python 2, OrderedDict([[key, value], …]).
func newDict(args tuple) *dict {
	d := &dict{values: map[string]any{}}
	if len(args) == 0 {
		return d
	}
	pairs, _ := args[0].(*list)
	if pairs == nil {
		return d
	}
	for _, p := range pairs.items {
		pair, _ := p.(tuple)
		if l, ok := p.(*list); ok {
			pair = l.items
		}
		if len(pair) == 2 {
			d.set(pair[0], pair[1])
		}
	}
	return d
}

// set keeps string keys only.
func (d *dict) set(key, value any) {
	k, ok := key.(string)
	if !ok {
		return
	}
	if _, ok := d.values[k]; !ok {
		d.keys = append(d.keys, k)
	}
	d.values[k] = value
}

// newView checks (storage, offset, shape, stride, …).
func newView(args tuple) (*view, error) {
	if len(args) < 4 {
		return nil, fmt.Errorf("a tensor of %d arguments", len(args))
	}
	s, ok := args[0].(*storage)
	offset, ok2 := args[1].(int64)
	shape, ok3 := integers(args[2])
	stride, ok4 := integers(args[3])
	if !ok || !ok2 || !ok3 || !ok4 || len(shape) != len(stride) || len(shape) > 16 || offset < 0 {
		return nil, fmt.Errorf("a tensor without storage, offset, shape and stride")
	}
	last, count := offset, int64(1)
	for i, n := range shape {
		if n == 0 {
			count = 0
		}
		if n < 0 || n > max(s.count, math.MaxInt32) || stride[i] < 0 {
			return nil, fmt.Errorf("a tensor of shape %v and stride %v on %d elements", shape, stride, s.count)
		}
	}
	for i, n := range shape {
		if count == 0 {
			break
		}
		if n > s.count/count || n > 1 && stride[i] > s.count {
			return nil, fmt.Errorf("a tensor of shape %v and stride %v on %d elements", shape, stride, s.count)
		}
		count *= n
		last += (n - 1) * min(stride[i], s.count)
		if last < 0 || last >= s.count {
			return nil, fmt.Errorf("a tensor that ends at element %d of %d", last, s.count)
		}
	}
	if count > 0 && last >= s.count {
		return nil, fmt.Errorf("a tensor that ends at element %d of %d", last, s.count)
	}
	return &view{s, offset, shape, stride}, nil
}

func integers(v any) ([]int64, bool) {
	t, ok := v.(tuple)
	if !ok {
		return nil, false
	}
	out := make([]int64, len(t))
	for i := range t {
		if out[i], ok = t[i].(int64); !ok {
			return nil, false
		}
	}
	return out, true
}
