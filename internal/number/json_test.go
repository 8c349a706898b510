package number

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"time"
)

// inner and outer have what results have: tags, omitempty, embedding, pointers, maps, lists, marshalers.
type inner struct {
	A float64 `json:"a,omitempty"`
	B string  `json:",omitempty"`
}

type outer struct {
	inner
	Hidden  int `json:"-"`
	private float64
	F32     float32
	F       Float
	List    []float64
	Pair    [2]float32 `json:"pair"`
	Nil     []float64
	None    []float64 `json:",omitempty"`
	Map     map[string]float64
	Any     any
	Pointer *float64 `json:"pointer,omitempty"`
	Missing *float64
	Rows    []inner
	When    time.Time
	Bytes   []byte
	Numbers map[int]int
	Text    string
}

func example(v float64) outer {
	return outer{inner: inner{A: v, B: "b"}, Hidden: 1, private: 2, F32: float32(v), F: Float(v), List: []float64{1, v}, Pair: [2]float32{float32(v), 3},
		Map: map[string]float64{"z": v, "a": 1e21}, Any: map[string]any{"x": v, "y": []any{v, nil, true}}, Pointer: &v, Rows: []inner{{}, {A: v}},
		When: time.Unix(0, 0).UTC(), Bytes: []byte("ab"), Numbers: map[int]int{2: 1}, Text: "f < g & h"}
}

// TestWrite: what encoding/json can write is written to the same bytes, and what it cannot is written.
func TestWrite(t *testing.T) {
	for _, v := range []any{example(0.1), example(-3), example(1e-9), example(math.MaxFloat32), nil, 3, "x", []inner{}, []inner(nil), map[string]int{}, &inner{A: 2}} {
		var got, want bytes.Buffer
		if err := Write(&got, v); err != nil {
			t.Fatal(err)
		}
		e := json.NewEncoder(&want)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			t.Fatal(err)
		}
		if got.String() != want.String() {
			t.Errorf("%#v:\n%s\nencoding/json:\n%s", v, got.String(), want.String())
		}
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		var b bytes.Buffer
		if err := Write(&b, example(v)); err != nil {
			t.Fatalf("%v: %v", v, err)
		}
		text, _ := Float(v).MarshalJSON()
		if n := bytes.Count(b.Bytes(), text); n != 10 {
			t.Errorf("%s stands %d times, want 10, in %s", text, n, b.String())
		}
		var back struct{ F, F32 Float }
		if err := json.Unmarshal(b.Bytes(), &back); err != nil || !same(float64(back.F), v) || !same(float64(back.F32), v) {
			t.Errorf("%v comes back as %v, %v", v, back, err)
		}
	}
}

func same(a, b float64) bool { return a == b || a != a && b != b }
