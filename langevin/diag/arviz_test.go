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
			RHat            *float64
			ESSBulk         float64 `json:"ess_bulk"`
			ESSTail         float64 `json:"ess_tail"`
			ESSMean         float64 `json:"ess_mean"`
			MCSE            float64
			Autocorrelation []float64
		}
	}
	if err := json.Unmarshal(data, &fixture); err != nil {
		t.Fatal(err)
	}
	if len(fixture.Cases) < 10 {
		t.Fatalf("%d fixtures", len(fixture.Cases))
	}
	for _, c := range fixture.Cases {
		t.Run(c.Name, func(t *testing.T) {
			check := func(name string, got, want float64) {
				t.Helper()
				if math.Abs(got-want) > 1e-6*math.Abs(want) || math.IsNaN(got) != math.IsNaN(want) {
					t.Errorf("%s = %.12g, ArviZ %.12g", name, got, want)
				}
			}
			if c.RHat == nil {
				check("RHat", RHat(c.Draws), math.NaN())
			} else {
				check("RHat", RHat(c.Draws), *c.RHat)
			}
			check("ESSBulk", ESSBulk(c.Draws), c.ESSBulk)
			check("ESSTail", ESSTail(c.Draws), c.ESSTail)
			check("ESSMean", ESSMean(c.Draws), c.ESSMean)
			check("MCSEMean", MCSEMean(c.Draws), c.MCSE)
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
		"three draws": {{1, 2, 3}, {2, 3, 1}},
		"a NaN":       {{1, 2, 3, 4}, {2, nan, 1, 5}},
	} {
		for f, value := range map[string]float64{"RHat": RHat(chains), "ESSBulk": ESSBulk(chains), "ESSTail": ESSTail(chains), "MCSEMean": MCSEMean(chains)} {
			if !math.IsNaN(value) {
				t.Errorf("%s of %s is %v", f, name, value)
			}
		}
	}
	if v := RHat([][]float64{{1, 2, 3, 4}}); !math.IsNaN(v) {
		t.Errorf("RHat of one chain is %v", v)
	}
	if v := ESSMean([][]float64{{1, 1, 1, 1}, {1, 1, 1, 1}}); v != 8 {
		t.Errorf("ESS of 8 constant draws is %v", v)
	}
}

func TestESJD(t *testing.T) {
	if v := ESJD([][]float64{{0, 0}, {3, 4}, {3, 4}, {3, 5}}); v != (25+0+1)/3.0 {
		t.Errorf("ESJD = %v", v)
	}
}
