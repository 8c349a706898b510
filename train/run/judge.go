package run

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"anila/langevin/target"
	"anila/nn"
	"anila/nn/weightfile"
	"anila/train"
	"anila/train/checkpoint"
	"anila/train/data"
	"anila/train/eval"
	"anila/train/eval/features"
	"anila/train/model"
	"anila/train/settings"
)

// judge measures how far samples of the averaged weights lie from the data, in the features of a trained classifier.
type judge struct {
	set     data.Set
	network *features.Network
	last    *eval.Distance // nil before there is one
}

// References keeps what samples are held against, so that runs of one program that follow each other on the same data compute
// it once (Options.References). The zero value is empty.
type References struct{ of map[string]*eval.Reference }

// reference is that of the data that a run is measured by.
func (r *Run) reference(ctx context.Context) (*eval.Reference, error) {
	j, kept := r.judged, r.options.References
	key := fmt.Sprintf("%+v, %s", r.Config.Data, j.network.Source())
	if r.Config.Data.HeldOut > 0 { // the seed says which items are left
		key += fmt.Sprintf(", seed %d", r.Config.Train.Seed)
	}
	if known := kept.of[key]; known != nil {
		return known, nil
	}
	x, err := j.network.Features(ctx, j.set, min(referencePictures, j.set.Len()), r.workers, nil)
	if err != nil {
		return nil, err
	}
	made := eval.NewReference(r.Config.Data.Name, j.network, x)
	made.Features = nil // the Fréchet distance alone
	if kept.of == nil {
		kept.of = map[string]*eval.Reference{}
	}
	kept.of[key] = made
	return made, nil
}

// referencePictures is how many pictures of the data samples are held against, at most.
const referencePictures = 10_000

// judgeSeed draws the samples that are judged: the same noise each time, so that a difference is one of weights.
const judgeSeed = 1

// newJudge loads the network of the features; nil where eval.every is 0.
func newJudge(c settings.Config, source train.Source) (*judge, error) {
	if c.Eval.Every == 0 {
		return nil, nil
	}
	set, ok := source.(data.Set)
	if !ok {
		return nil, &settings.KeyError{Key: "eval.every", Value: strconv.Itoa(c.Eval.Every), Want: "0: the data are no set of pictures"}
	}
	path := c.Eval.Weights
	if path == "" {
		var err error
		if path, err = features.Find(c.Eval.Features, c.Data.Dir); err != nil {
			return nil, fmt.Errorf("train: eval.features: %w", err)
		}
	}
	network, err := features.Load(c.Eval.Features, path)
	if err != nil {
		return nil, fmt.Errorf("train: eval.features: %w", err)
	}
	return &judge{set: set, network: network}, nil
}

// judge measures the averaged weights where it is time to, and keeps them where they are the best so far. Training with levels
// is measured on the finest alone.
func (r *Run) judge(ctx context.Context) error {
	if r.judged == nil || r.trainer.Iteration()%uint64(r.Config.Eval.Every) != 0 {
		return nil
	}
	if h, w, c := r.trainer.Network().Shape(); [3]int{h, w, c} != shape(r.source) {
		return nil
	}
	return r.trainer.Averaged(func() error { return r.measure(ctx, r.trainer.Network()) })
}

func shape(s train.Source) [3]int {
	h, w, c := s.Shape()
	return [3]int{h, w, c}
}

// measure logs how far the samples of a network lie from the data, and keeps its weights where they are the best so far.
func (r *Run) measure(ctx context.Context, network *nn.Network) error {
	began := time.Now()
	distance, err := r.distance(ctx, network)
	r.clock.standStill(began)
	if err != nil {
		return err
	}
	r.judged.last = &distance
	message := fmt.Sprintf("%s %.3f", distance.Name(), distance.Value)
	if r.Config.Checkpoint.Best {
		better, err := r.keepBest(network, distance)
		if err != nil {
			return err
		}
		if better {
			message += ", the best so far"
		}
	}
	r.event(Event{Kind: "eval", Message: message, Extra: map[string]Float{distance.Name(): Float(distance.Value)}})
	return nil
}

// distance draws samples of a network and returns their distance from the data.
func (r *Run) distance(ctx context.Context, network *nn.Network) (d eval.Distance, err error) {
	j := r.judged
	reference, err := r.reference(ctx)
	if err != nil {
		return d, err
	}
	m := model.Model{Network: network, Settings: r.Config}
	r.crew.order(order{Do: measure, N: r.Config.Eval.Samples})
	samples, err := r.judgedSamples(ctx, m, r.Config.Eval.Samples)
	if err != nil {
		return d, err
	}
	h, w, c := network.Shape()
	pictures := data.Rounded("samples", samples.States, h, w, c)
	x, err := j.network.Features(ctx, pictures, pictures.Len(), r.workers, nil)
	if err != nil {
		return d, err
	}
	distances, err := reference.Distances(j.network, x, judgeSeed, r.workers)
	if err != nil {
		return d, err
	}
	return distances[0], nil
}

// judgedSamples draws the samples that are judged, on all ranks.
func (r *Run) judgedSamples(ctx context.Context, m model.Model, n int) (*model.Samples, error) {
	return m.Sample(ctx, n, model.Sampling{Seed: judgeSeed, Workers: r.workers.Count(), Source: r.source, Comm: r.options.Comm})
}

// keepBest writes a network's weights to model.Best in the run's folder, unless those that lie there are as near to the data.
func (r *Run) keepBest(network *nn.Network, d eval.Distance) (better bool, err error) {
	path := r.Folder.Join(model.Best)
	if best, err := readDistance(path); err == nil {
		if less, err := d.Less(best); err == nil && !less {
			return false, nil // what cannot be compared is replaced
		}
	} else if !errors.Is(err, os.ErrNotExist) {
		return false, fmt.Errorf("train: %s: %w", path, err)
	}
	text, err := json.Marshal(d)
	if err != nil {
		return false, fmt.Errorf("train: %w", err)
	}
	meta := r.metadata(network.Spec(), r.trainer.Iteration())
	meta["distance"] = string(text)
	var file bytes.Buffer
	if err = weightfile.WriteSafetensors(&file, network.Tensors(), meta); err == nil {
		err = checkpoint.WriteFile(r.saver.fs, path, file.Bytes())
	}
	if err != nil {
		return false, fmt.Errorf("train: %w", err)
	}
	return true, nil
}

// readDistance reads the distance that a file of weights was kept with.
func readDistance(path string) (d eval.Distance, err error) {
	_, meta, err := weightfile.LoadSafetensors(path)
	if err == nil {
		err = json.Unmarshal([]byte(meta["distance"]), &d)
	}
	return d, err
}

// measureLikelihood logs the likelihood of a planar toy as often as Options.Measurements asks. The clock stands still.
func (r *Run) measureLikelihood() {
	due := int(r.share() * float64(r.options.Measurements))
	truth, planar := r.source.(target.Target)
	if due <= r.measured || !planar || r.done() {
		return
	}
	r.measured = due
	began := time.Now()
	var l *eval.Likelihood
	err := r.trainer.Averaged(func() (err error) {
		l, err = gridLikelihood(r.trainer.Network(), r.Config.Train, truth)
		return err
	})
	r.clock.standStill(began)
	if err != nil {
		r.event(Event{Kind: "warning", Message: "not measured: " + err.Error()})
		return
	}
	r.event(Event{Kind: "eval", Message: fmt.Sprintf("KL %.4f nats", l.KL), Extra: map[string]Float{"kl": Float(l.KL)}})
}
