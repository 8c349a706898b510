package weightfile

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"

	"anila/internal/files"
)

// A reader of pickles, protocols 0 to 5. It builds plain values and nothing else: no class is looked up and no function
// called, so that a file cannot do anything. What it does not know it keeps as an object of that name. Memory is proportional
// to the bytes read and the number of instructions is bounded; that is why this is not a general library, which takes the
// lengths in the file at their word.

// maxInstructions bounds a pickle: a state dict takes about 40 for each tensor.
const maxInstructions = 4 << 20

// unpickler is a stack machine over data.
type unpickler struct {
	data  []byte
	at    int
	file  string
	stack []any
	marks []int
	memo  map[int]any
	// storage resolves a persistent id.
	storage func(id []any) (*storage, error)
}

// fail says what is wrong at the current byte. Values are never printed: they may be deep, or endless.
func (u *unpickler) fail(format string, args ...any) error {
	return files.Errorf(u.file, int64(u.at), "pickle: "+format, args...)
}

func (u *unpickler) take(n uint64) []byte {
	if n > uint64(len(u.data)-u.at) {
		panic(u.fail("ends in the middle of an instruction"))
	}
	b := u.data[u.at : u.at+int(n)]
	u.at += int(n)
	return b
}

// number reads an unsigned number of n ≤ 8 bytes.
func (u *unpickler) number(n uint64) uint64 {
	v := uint64(0)
	for i, c := range u.take(n) {
		v |= uint64(c) << (8 * i)
	}
	return v
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
func (u *unpickler) popMark() []any {
	if len(u.marks) == 0 {
		panic(u.fail("no mark"))
	}
	from := u.marks[len(u.marks)-1]
	u.marks = u.marks[:len(u.marks)-1]
	items := append([]any(nil), u.stack[from:]...)
	u.stack = u.stack[:from]
	return items
}

func (u *unpickler) top() any {
	v := u.pop()
	u.push(v)
	return v
}

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
	for range maxInstructions {
		op := u.take(1)[0]
		if op == '.' {
			return u.pop(), nil
		}
		u.do(op)
	}
	return nil, u.fail("more than %d instructions", maxInstructions)
}

func (u *unpickler) do(op byte) {
	switch op {
	case 0x80: // PROTO
		if p := u.number(1); p > 5 {
			panic(u.fail("protocol %d; 0 to 5 are known", p))
		}
	case 0x95: // FRAME
		u.take(8)
	case '(':
		u.marks = append(u.marks, len(u.stack))
	case '0':
		u.pop()
	case '1':
		u.popMark()
	case '2':
		u.push(u.top())

	// Numbers.
	case 'N':
		u.push(nil)
	case 0x88, 0x89:
		u.push(op == 0x88)
	case 'I', 'L':
		u.push(integer(u.line()))
	case 'J':
		u.push(int64(int32(u.number(4))))
	case 'K':
		u.push(int64(u.number(1)))
	case 'M':
		u.push(int64(u.number(2)))
	case 0x8a: // LONG1
		u.push(long(u.take(u.number(1))))
	case 0x8b: // LONG4
		u.push(long(u.take(u.number(4))))
	case 'F':
		v, _ := strconv.ParseFloat(u.line(), 64)
		u.push(v)
	case 'G':
		u.push(math.Float64frombits(binary.BigEndian.Uint64(u.take(8))))

	// Text and bytes.
	case 'S', 'V':
		u.push(strings.Trim(u.line(), `'"`))
	case 'X', 'T':
		u.push(string(u.take(u.number(4))))
	case 'U', 0x8c:
		u.push(string(u.take(u.number(1))))
	case 0x8d:
		u.push(string(u.take(u.number(8))))
	case 'B':
		u.push(u.take(u.number(4)))
	case 'C':
		u.push(u.take(u.number(1)))
	case 0x8e, 0x96: // BINBYTES8, BYTEARRAY8
		u.push(u.take(u.number(8)))

	// Containers.
	case '}':
		u.push(&dict{})
	case ']', ')', 0x8f: // list, tuple, set
		u.push(&list{})
	case 't', 'l', 0x91: // TUPLE, LIST, FROZENSET
		u.push(&list{u.popMark()})
	case 0x85, 0x86, 0x87: // TUPLE1 … TUPLE3
		n := int(op - 0x84)
		t := make([]any, n)
		for i := n - 1; i >= 0; i-- {
			t[i] = u.pop()
		}
		u.push(&list{t})
	case 'd':
		items := u.popMark()
		u.push(&dict{})
		u.setItems(items)
	case 's':
		v := u.pop()
		u.setItems([]any{u.pop(), v})
	case 'u':
		u.setItems(u.popMark())
	case 'a':
		u.extend([]any{u.pop()})
	case 'e', 0x90: // APPENDS, ADDITEMS
		u.extend(u.popMark())

	// The memo.
	case 'p':
		u.memo[u.index()] = u.top()
	case 'q':
		u.memo[int(u.number(1))] = u.top()
	case 'r':
		u.memo[int(u.number(4))] = u.top()
	case 0x94: // MEMOIZE
		u.memo[len(u.memo)] = u.top()
	case 'g':
		u.recall(u.index())
	case 'h':
		u.recall(int(u.number(1)))
	case 'j':
		u.recall(int(u.number(4)))

	default:
		u.object(op)
	}
}

// object does the instructions that make and fill objects.
func (u *unpickler) object(op byte) {
	switch op {
	case 'c':
		module := u.line()
		u.push(global{module, u.line()})
	case 0x93: // STACK_GLOBAL
		name, _ := u.pop().(string)
		module, _ := u.pop().(string)
		u.push(global{module, name})
	case 'R', 0x81: // REDUCE, NEWOBJ
		args := u.arguments()
		u.push(u.call(u.pop(), args))
	case 0x92: // NEWOBJ_EX
		u.pop()
		args := u.arguments()
		u.push(u.call(u.pop(), args))
	case 'i': // INST
		module := u.line()
		class := global{module, u.line()}
		u.push(u.call(class, u.popMark()))
	case 'o': // OBJ
		if items := u.popMark(); len(items) > 0 {
			u.push(u.call(items[0], items[1:]))
			return
		}
		panic(u.fail("an object without a class"))
	case 0x82, 0x83, 0x84: // EXT1, EXT2, EXT4: a class by number
		u.take(1 << (op - 0x82))
		u.push(global{"copyreg", "extension"})
	case 'b': // BUILD
		state := u.pop()
		switch o := u.top().(type) {
		case *object:
			o.state = state
		case *dict:
			o.state = state
		}
	case 'P':
		u.push(&object{class: global{"a persistent id", u.line()}})
	case 'Q':
		id, ok := u.pop().(*list)
		if !ok || u.storage == nil {
			panic(u.fail("a persistent id that is none of PyTorch's"))
		}
		s, err := u.storage(id.items)
		if err != nil {
			panic(u.fail("%v", err))
		}
		u.push(s)
	case 0x97: // NEXT_BUFFER
		u.push(&object{class: global{"pickle", "buffer"}})
	case 0x98: // READONLY_BUFFER
	default:
		u.at--
		panic(u.fail("instruction %#02x is none of pickle's", op))
	}
}

func (u *unpickler) index() int {
	v, _ := integer(u.line()).(int64)
	if v < 0 || v > int64(len(u.data)) {
		panic(u.fail("the memo has no place %d", v))
	}
	return int(v)
}

func (u *unpickler) arguments() []any {
	args, ok := u.pop().(*list)
	if !ok {
		panic(u.fail("arguments are no tuple"))
	}
	return args.items
}

// setItems sets key, value, key, value … on what lies on top. Objects that no tensor needs take items too.
func (u *unpickler) setItems(items []any) {
	var d *dict
	switch top := u.top().(type) {
	case *dict:
		d = top
	case *object:
		if top.items == nil {
			top.items = &dict{}
		}
		d = top.items
	default:
		return
	}
	for i := 0; i+1 < len(items); i += 2 {
		d.set(items[i], items[i+1])
	}
}

func (u *unpickler) extend(items []any) {
	switch top := u.top().(type) {
	case *list:
		top.items = append(top.items, items...)
	case *object:
		top.list = append(top.list, items...)
	}
}

// integer is the value of a decimal line; Python 2 ends long ones in L, and writes booleans as 00 and 01.
func integer(line string) any {
	switch line {
	case "00", "01":
		return line == "01"
	}
	if v, err := strconv.ParseInt(strings.TrimSuffix(line, "L"), 10, 64); err == nil {
		return v
	}
	return bigInteger("")
}

// bigInteger is one beyond int64, as its bytes.
type bigInteger string

// long is a little-endian two's complement integer.
func long(b []byte) any {
	if len(b) > 8 {
		return bigInteger(b[:min(len(b), 64)])
	}
	v := uint64(0)
	for i, c := range b {
		v |= uint64(c) << (8 * i)
	}
	if n := len(b); n > 0 && n < 8 && b[n-1] >= 128 {
		v -= 1 << (8 * n)
	}
	return int64(v)
}
