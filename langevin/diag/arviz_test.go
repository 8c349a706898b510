package diag

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// The fixtures and ArviZ's numbers come from testdata/fixtures.py.
func TestEqualsArviZ(t *testing.T) {
	data, err := os.ReadFile("testdata/arviz.json")
	if err != nil {
		t.Fatal(err)
	}
	var fixture struct {
		Cases []struct {
			Name            string
			Draws           [][]float64
			Infinite        [][3]int // chain, draw, sign
			RHat            *float64
			ESSBulk         *float64 `json:"ess_bulk"`
			ESSTail         *float64 `json:"ess_tail"`
			ESSMean         *float64 `json:"ess_mean"`
			MCSE            *float64
			Autocorrelation []float64
		}
	}
	if err := json.Unmarshal(data, &fixture); err != nil {
		t.Fatal(err)
	}
	if len(fixture.Cases) < 25 {
		t.Fatalf("%d fixtures", len(fixture.Cases))
	}
	for _, c := range fixture.Cases {
		t.Run(c.Name, func(t *testing.T) {
			for _, at := range c.Infinite {
				c.Draws[at[0]][at[1]] = math.Inf(at[2])
			}
			check := func(name string, got float64, answer *float64) {
				t.Helper()
				want := math.NaN()
				if answer != nil {
					want = *answer
				}
				if want > 1e12 && got > 1e12 {
					return // chains that stand still: infinite but for rounding
				}
				if math.Abs(got-want) > 1e-6*math.Abs(want) || math.IsNaN(got) != math.IsNaN(want) {
					t.Errorf("%s = %.12g, ArviZ %.12g", name, got, want)
				}
			}
			check("RHat", RHat(c.Draws), c.RHat)
			check("ESSBulk", ESSBulk(c.Draws), c.ESSBulk)
			check("ESSTail", ESSTail(c.Draws), c.ESSTail)
			check("ESSMean", ESSMean(c.Draws), c.ESSMean)
			check("MCSEMean", MCSEMean(c.Draws), c.MCSE)
			if len(c.Autocorrelation) == 0 {
				return
			}
			for lag, r := range Autocorrelation(c.Draws[0], len(c.Autocorrelation)-1) {
				if math.Abs(r-c.Autocorrelation[lag]) > 1e-9 {
					t.Errorf("lag %d: autocorrelation %.12g, ArviZ %.12g", lag, r, c.Autocorrelation[lag])
				}
			}
		})
	}
}

func TestNoAnswer(t *testing.T) {
	nan := math.NaN()
	for name, chains := range map[string][][]float64{
		"three draws":          {{1, 2, 3}, {2, 3, 1}},
		"a NaN":                {{1, 2, 3, 4}, {2, nan, 1, 5}},
		"one value":            {{7, 7, 7, 7, 7}, {7, 7, 7, 7, 7}},
		"one infinity, always": {{math.Inf(1), math.Inf(1), math.Inf(1), math.Inf(1)}, {math.Inf(1), math.Inf(1), math.Inf(1), math.Inf(1)}},
	} {
		for f, value := range map[string]float64{"RHat": RHat(chains), "ESSBulk": ESSBulk(chains), "ESSTail": ESSTail(chains), "ESSMean": ESSMean(chains), "MCSEMean": MCSEMean(chains)} {
			if !math.IsNaN(value) {
				t.Errorf("%s of %s is %v", f, name, value)
			}
		}
	}
	if v := RHat([][]float64{{1, 2, 3, 4}}); !math.IsNaN(v) {
		t.Errorf("RHat of one chain is %v", v)
	}
}

// Units change nothing: neither tiny nor large ones make draws constant.
func TestESSHasNoUnits(t *testing.T) {
	x := autoregressive(3, 200, 0.6, 4)
	want := ESSMean(x)
	for _, unit := range []float64{1e-30, 1e-18, 1e12} {
		y := make([][]float64, len(x))
		for c := range x {
			for _, v := range x[c] {
				y[c] = append(y[c], unit*v)
			}
		}
		if got := ESSMean(y); math.Abs(got/want-1) > 1e-9 {
			t.Errorf("in units of %v the ESS is %v, not %v", unit, got, want)
		}
	}
}

func TestESJD(t *testing.T) {
	if v := ESJD([][]float64{{0, 0}, {3, 4}, {3, 4}, {3, 5}}); v != (25+0+1)/3.0 {
		t.Errorf("ESJD = %v", v)
	}
}
