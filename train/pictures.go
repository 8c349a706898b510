package train

import (
	"errors"
	"fmt"
	"math"
	"os"

	"anila/langevin/target"
	"anila/nn"
	"anila/train/eval"
	"anila/train/report"
)

// gridImages is the number of images in a picture of samples.
const gridImages = 100

// picture draws samples/step-000100.png of a snapshot: the chains' end states, for planar toys truth, learned density and
// chains side by side, with the likelihood of the averaged weights.
func (r *Run) picture(s *snapshot) (string, *eval.Likelihood, error) {
	dir := r.Folder.Join("samples")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", nil, err
	}
	path := r.Folder.Join("samples", fmt.Sprintf("step-%06d.png", s.state.Iteration))
	if !isToy(r.Config.Data.Name) {
		h, w, c := s.spec.H, s.spec.W, s.spec.C
		n := min(gridImages, len(s.chains)/(h*w*c))
		if c != 1 && c != 3 {
			return "", nil, nil
		}
		return path, nil, report.WritePNG(path, report.LabelledGrid(s.chains[:n*h*w*c], h, w, c, report.GridOptions{Columns: 10,
			Title: fmt.Sprintf("%s, %s, iteration %d: %d chains", r.Config.Data.Name, r.Config.Sampler.Kernel, s.state.Iteration, n)}))
	}
	truth, err := target.ByName(r.Config.Data.Name)
	if err != nil {
		return "", nil, err
	}
	l, err := s.likelihood(truth, r.Config.Model)
	if err != nil {
		return "", nil, err
	}
	picture := report.Toy(
		report.DensityOf(eval.GridSize, eval.GridLimit, truth.LogDensity),
		report.FromLog(eval.GridSize, eval.GridLimit, l.LogDensity), s.points,
		report.ToyOptions{
			Title:   fmt.Sprintf("%s, %s, iteration %d", r.Config.Data.Name, r.Config.Sampler.Kernel, s.state.Iteration),
			Learned: fmt.Sprintf("KL %.3f nats", l.KL),
		})
	return path, l, report.WritePNG(path, picture)
}

// likelihood is the grid likelihood of a snapshot's averaged weights.
func (s *snapshot) likelihood(truth target.Target, m ModelConfig) (*eval.Likelihood, error) {
	weights := s.ema
	if weights == nil {
		weights = s.weights
	}
	net, err := nn.NewFromTensors(s.spec, weights)
	if err != nil {
		return nil, err
	}
	x := eval.GridPoints()
	f := make([]float32, len(x)/2)
	net.NewEvaluator(256).LogDensity(f, x)
	if m.ReferenceSD > 0 {
		for i := range f {
			f[i] -= float32(m.Temperature / (2 * m.ReferenceSD * m.ReferenceSD) * math.Pow(math.Hypot(float64(x[2*i]), float64(x[2*i+1])), 2))
		}
	}
	return eval.GridLikelihood(f, m.Temperature, truth)
}

// curves draws plots/*.png from the log.
func (r *Run) curves() error {
	events, err := report.ReadEvents(r.Folder.Join("events.jsonl"))
	if err != nil {
		return err
	}
	return errors.Join(report.WritePlots(r.Folder.Join("plots"), events), r.page())
}

// page writes report.html.
func (r *Run) page() error {
	if r.Config.Log.Pictures == "none" {
		return nil
	}
	return report.WritePage(r.Folder.Path)
}
