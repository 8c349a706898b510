package weightfile

import (
	"fmt"
	"math"
	"strconv"
)

// The values of a pickle are nil, bool, int64, float64, string, []byte, bigInteger and these.
type (
	// list is a list, a tuple or a set.
	list struct{ items []any }

	// dict keeps what is set under strings and numbers, in order.
	dict struct {
		keys   []string
		values map[string]any
		state  any // attributes
	}

	// global is a class or function by name.
	global struct{ module, name string }

	// object is what a class or function that is not known here would make.
	object struct {
		class global
		items *dict // what was set on it as on a dict
		list  []any // what was appended to it as to a list
		state any   // its attributes
	}

	// storage is the memory of tensors, before it is read.
	storage struct {
		key   string
		typ   element
		count int64
	}

	// view is a tensor of floating point on a storage.
	view struct {
		storage  *storage
		typ      element
		offset   int64 // in elements
		shape    []int64
		stride   []int64
		negative bool // PyTorch's negative bit: the elements count with the other sign
	}

	// unread is a tensor that is none of floats in memory.
	unread struct{ reason string }
)

func (g global) String() string { return short(g.module + "." + g.name) }

// element is a type of PyTorch's elements.
type element struct {
	name  string // PyTorch's
	bytes int64
	dtype string // as in safetensors files where decode understands it
}

// storageTypes are the classes of PyTorch's storages, elementTypes its dtypes.
var (
	storageTypes = map[string]element{
		"FloatStorage": {"float32", 4, "F32"}, "DoubleStorage": {"float64", 8, "F64"},
		"HalfStorage": {"float16", 2, "F16"}, "BFloat16Storage": {"bfloat16", 2, "BF16"},
		"LongStorage": {"int64", 8, ""}, "IntStorage": {"int32", 4, ""}, "ShortStorage": {"int16", 2, ""},
		"CharStorage": {"int8", 1, ""}, "ByteStorage": {"uint8", 1, ""}, "BoolStorage": {"bool", 1, ""},
		"ComplexFloatStorage": {"complex64", 8, ""}, "ComplexDoubleStorage": {"complex128", 16, ""},
		"QInt8Storage": {"qint8", 1, ""}, "QUInt8Storage": {"quint8", 1, ""}, "QInt32Storage": {"qint32", 4, ""},
		"QUInt4x2Storage": {"quint4x2", 1, ""}, "QUInt2x4Storage": {"quint2x4", 1, ""},
		"UntypedStorage": {"untyped", 1, ""},
	}
	elementTypes = map[string]element{}
)

func init() {
	for _, t := range storageTypes {
		elementTypes[t.name] = t
	}
}

// set replaces or appends.
func (d *dict) set(key, value any) {
	k, ok := key.(string)
	if n, number := key.(int64); number {
		k, ok = strconv.FormatInt(n, 10), true
	}
	if !ok {
		return
	}
	if d.values == nil {
		d.values = map[string]any{}
	}
	if _, ok := d.values[k]; !ok {
		d.keys = append(d.keys, k)
	}
	d.values[k] = value
}

// text returns what stands under a key if it is a string.
func (d *dict) text(key string) string {
	s, _ := d.values[key].(string)
	return s
}

// call gives what the functions that make tensors and dicts would return, and an object for all others.
func (u *unpickler) call(f any, args []any) any {
	g, _ := f.(global)
	argument := func(i int) any {
		if i < len(args) {
			return args[i]
		}
		return nil
	}
	switch name := g.module + "." + g.name; name {
	case "collections.OrderedDict", "builtins.dict", "__builtin__.dict":
		return newDict(argument(0))
	case "torch.Size":
		if l, ok := argument(0).(*list); ok {
			return l
		}
	case "collections.defaultdict":
		return newDict(argument(1))
	case "torch._utils._rebuild_tensor":
		return u.tensor(args, nil, nil)
	case "torch._utils._rebuild_tensor_v2": // storage, offset, shape, stride, requires_grad, hooks, metadata
		return u.tensor(args, nil, argument(6))
	case "torch._utils._rebuild_tensor_v3": // …, hooks, dtype, metadata
		return u.tensor(args, argument(6), argument(7))
	case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state",
		"torch._utils._rebuild_device_tensor_from_cpu_tensor":
		return argument(0)
	case "torch._tensor._rebuild_from_type", "torch._tensor._rebuild_from_type_v2": // function, class, arguments, state
		made, _ := argument(0).(global)
		if inner, ok := argument(2).(*list); ok && made.module != "torch._tensor" {
			return u.call(made, inner.items)
		}
		return &unread{"a tensor of " + g.String()}
	case "torch._utils._rebuild_sparse_tensor", "torch._utils._rebuild_sparse_csr_tensor":
		return &unread{"a sparse tensor"}
	case "torch._utils._rebuild_qtensor":
		return &unread{"a quantized tensor"}
	case "torch._utils._rebuild_nested_tensor":
		return &unread{"a nested tensor"}
	case "torch._utils._rebuild_meta_tensor_no_storage":
		return &unread{"a tensor without elements, on the device meta"}
	case "torch._utils._rebuild_wrapper_subclass", "torch._utils._rebuild_xla_tensor", "torch._utils._rebuild_device_tensor_from_numpy":
		return &unread{"a tensor of " + g.name}
	case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct",
		"numpy._core.numeric._frombuffer", "numpy.core.numeric._frombuffer":
		return &unread{"a NumPy array"}
	}
	return &object{class: g}
}

// newDict is OrderedDict() or, from Python 2, OrderedDict([[key, value], …]).
func newDict(pairs any) *dict {
	d := &dict{}
	if l, ok := pairs.(*list); ok {
		for _, p := range l.items {
			if pair, ok := p.(*list); ok && len(pair.items) == 2 {
				d.set(pair.items[0], pair.items[1])
			}
		}
	}
	return d
}

// tensor makes a view of (storage, offset, shape, stride, …), or says why it cannot be read. What cannot be at all, such as
// a tensor that ends beyond its storage, is an error.
func (u *unpickler) tensor(args []any, dtype, metadata any) any {
	if len(args) < 4 {
		panic(u.fail("a tensor of %d arguments", len(args)))
	}
	s, ok := args[0].(*storage)
	offset, ok2 := args[1].(int64)
	shape, ok3 := integers(args[2])
	stride, ok4 := integers(args[3])
	if !ok || !ok2 || !ok3 || !ok4 || len(shape) != len(stride) || len(shape) > 16 || offset < 0 {
		panic(u.fail("a tensor without storage, offset, shape and stride"))
	}
	v := &view{storage: s, typ: s.typ, offset: offset, shape: shape, stride: stride}
	if d, ok := dtype.(global); ok {
		if v.typ, ok = elementTypes[d.name]; !ok || d.module != "torch" {
			return &unread{"elements of type " + short(d.name)}
		}
	}
	if v.typ.dtype == "" {
		return &unread{"elements of type " + v.typ.name}
	}
	if err := v.check(); err != nil {
		panic(u.fail("%v", err))
	}
	if m, ok := metadata.(*dict); ok {
		v.negative = m.values["neg"] == any(true)
	}
	return v
}

// check holds the view against its storage: every element must lie in it. Elements may be seen more than once (stride 0).
func (v *view) check() error {
	room := v.storage.count * v.storage.typ.bytes / v.typ.bytes
	last, empty := v.offset, false
	for i, n := range v.shape {
		if n < 0 || n > math.MaxInt32 || v.stride[i] < 0 {
			return fmt.Errorf("a tensor of shape %v and stride %v on %d elements", v.shape, v.stride, room)
		}
		empty = empty || n == 0
	}
	if empty {
		return nil
	}
	for i, n := range v.shape {
		if n > 1 && v.stride[i] > room {
			return fmt.Errorf("a tensor of shape %v and stride %v on %d elements", v.shape, v.stride, room)
		}
		if n > 1 {
			last += (n - 1) * v.stride[i]
		}
		if last >= room || last < 0 {
			return fmt.Errorf("a tensor of shape %v that ends at element %d of %d", v.shape, last, room)
		}
	}
	if last >= room {
		return fmt.Errorf("a tensor that ends at element %d of %d", last, room)
	}
	return nil
}

// count is the number of elements, at most limit+1.
func (v *view) count(limit int64) int64 {
	n := int64(1)
	for _, d := range v.shape {
		switch {
		case d == 0:
			return 0
		case d > limit/n:
			n = limit + 1
		default:
			n *= d
		}
	}
	return n
}

// gather decodes the elements in row-major order from the storage's bytes.
func (v *view) gather(raw []byte, count int) []float32 {
	out := make([]float32, count)
	if count == 0 {
		return out
	}
	// The last dimensions that lie together are decoded in one go.
	run, rank := int64(1), len(v.shape)
	for rank > 0 && (v.stride[rank-1] == run || v.shape[rank-1] == 1) {
		rank--
		run *= v.shape[rank]
	}
	index := make([]int64, rank)
	at := v.offset
	for done := int64(0); done < int64(count); done += run {
		decode(out[done:done+run], raw[at*v.typ.bytes:], v.typ.dtype)
		for k := rank - 1; k >= 0; k-- {
			index[k]++
			at += v.stride[k]
			if index[k] < v.shape[k] {
				break
			}
			at -= v.stride[k] * v.shape[k]
			index[k] = 0
		}
	}
	if v.negative {
		for i := range out {
			out[i] = -out[i]
		}
	}
	return out
}

func integers(v any) ([]int64, bool) {
	t, ok := v.(*list)
	if !ok {
		return nil, false
	}
	out := make([]int64, len(t.items))
	for i := range t.items {
		if out[i], ok = t.items[i].(int64); !ok {
			return nil, false
		}
	}
	return out, true
}
