package number

import (
	"encoding/json"
	"math"
	"testing"
)

func TestEveryFloatComesBack(t *testing.T) {
	for _, v := range []float64{0, math.Copysign(0, -1), 1, -0.1, math.MaxFloat64, math.SmallestNonzeroFloat64, 1e21, math.Inf(1), math.Inf(-1), math.NaN()} {
		b, err := json.Marshal(map[string]Float{"v": Float(v)})
		if err != nil {
			t.Fatal(err)
		}
		var back map[string]Float
		if err := json.Unmarshal(b, &back); err != nil || math.Float64bits(float64(back["v"])) != math.Float64bits(v) && v == v {
			t.Errorf("%v came back from %s as %v, %v", v, b, back, err)
		}
		if v != v && back["v"] == back["v"] {
			t.Errorf("NaN came back from %s as %v", b, back)
		}
	}
	var f Float
	if err := json.Unmarshal([]byte("null"), &f); err != nil || f == f {
		t.Errorf("null is %v, %v", f, err)
	}
	if err := json.Unmarshal([]byte(`"much"`), &f); err == nil {
		t.Error("a word passed as a number")
	}
}
