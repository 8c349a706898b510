package nn

import (
	"math"

	"anila/asm/reduce"
	"anila/asm/vec"
	"anila/internal/field"
	"anila/nn/weightfile"
	"anila/tensor"
)

// Schedule is a learning rate that decays exponentially to a floor.
type Schedule struct {
	Rate  float64 // at iteration 0
	Decay float64 // factor per iteration; 0 and 1 mean none
	Min   float64 // floor
}

// Validate returns nil, or field.Errors.
func (s Schedule) Validate() error {
	var errs field.Errors
	errs.Check(field.Positive(s.Rate), "Rate", s.Rate, "a number > 0")
	errs.Check(s.Decay >= 0 && s.Decay <= 1, "Decay", s.Decay, "a factor in (0, 1]")
	errs.Check(s.Min >= 0 && s.Min <= s.Rate, "Min", s.Min, "a number from 0 to Rate")
	return errs.Err()
}

// At returns max(Min, Rate·Decay^t) for iteration t = 0, 1, …
func (s Schedule) At(t uint64) float64 {
	if s.Decay == 0 {
		return math.Max(s.Min, s.Rate)
	}
	return math.Max(s.Min, s.Rate*math.Pow(s.Decay, float64(t)))
}

// pieceFloats is the number of floats of a parameter that go through what is done to all
// of them in one task. Sums of squares are summed by pieces, so that it is part of their
// order.
const pieceFloats = 1 << 13

// pieces calls f for the floats [from, to) of parameter p, all pieces of all parameters,
// spread over workers; nil is the calling goroutine alone.
func pieces(params []*Param, workers *tensor.Workers, f func(p, from, to int)) {
	new(pass).run(params, workers, func(_, p, from, to int) { f(p, from, to) })
}

// pass goes over all pieces of parameters. The same one allocates once.
type pass struct {
	params []*Param
	f      func(piece, p, from, to int)
	task   func(worker, piece int)
}

func (s *pass) run(params []*Param, workers *tensor.Workers, f func(piece, p, from, to int)) {
	if s.task == nil {
		s.task = s.piece
	}
	s.params, s.f = params, f
	workers.Run(countPieces(params), s.task)
}

func (s *pass) piece(_, piece int) {
	p, first := 0, piece
	for n := pieceCount(s.params[p]); first >= n; n = pieceCount(s.params[p]) {
		first -= n
		p++
	}
	from := first * pieceFloats
	s.f(piece, p, from, min(from+pieceFloats, len(s.params[p].Data)))
}

func pieceCount(p *Param) int { return (len(p.Data) + pieceFloats - 1) / pieceFloats }

func countPieces(params []*Param) (count int) {
	for _, p := range params {
		count += pieceCount(p)
	}
	return count
}

// GradientNorm returns the L2 norm of all gradients together: the sum over pieces of
// 8192 floats of a parameter, in order.
func GradientNorm(params []*Param, workers *tensor.Workers) float64 {
	squares := make([]float64, countPieces(params))
	new(pass).run(params, workers, func(piece, p, from, to int) { squares[piece] = reduce.SumSquares(params[p].Grad[from:to]) })
	sum := 0.0
	for _, s := range squares {
		sum += s
	}
	return math.Sqrt(sum)
}

// ClipGradient scales all gradients by limit/(norm + 1e-6) if that is below 1, as
// torch.nn.utils.clip_grad_norm_ does, and returns the norm before. A limit of 0
// clips nothing.
func ClipGradient(params []*Param, limit float64, workers *tensor.Workers) (norm float64) {
	norm = GradientNorm(params, workers)
	if s := limit / (norm + 1e-6); limit > 0 && s < 1 {
		pieces(params, workers, func(p, from, to int) { vec.Scale(params[p].Grad[from:to], float32(s)) })
	}
	return norm
}

// EMA is an exponential moving average of parameters: after the update that
// follows t others, mean += (1 − d)·(θ − mean) with d = min(decay, (1+t)/(10+t)),
// as TensorFlow's tf.train.ExponentialMovingAverage with num_updates = t. So the
// average is over about the last ninth of few updates, and of θ as it was at the
// start it holds a tenth after one update, 10⁻⁵ after ten. With a constant decay of
// 0.999 that would be 0.6 after 500.
type EMA struct {
	decay   float64
	tensors []weightfile.Tensor
}

// NewEMA returns an average that starts at the parameters' present values. decay
// lies in [0, 1) and is in force after about 9/(1 − decay) updates; 0.999 is usual.
func NewEMA(params []*Param, decay float64) *EMA {
	if !(decay >= 0 && decay < 1) {
		panic("nn: NewEMA: decay must lie in [0, 1)")
	}
	e := &EMA{decay: decay}
	for _, p := range params {
		data := aligned(len(p.Data))
		copy(data, p.Data)
		e.tensors = append(e.tensors, weightfile.Tensor{Name: p.Name, Shape: p.Shape, Data: data})
	}
	return e
}

// Update moves the average towards the parameters it was made for, which were
// updated t times before their last update.
func (e *EMA) Update(params []*Param, t uint64, workers *tensor.Workers) {
	decay := min(e.decay, float64(1+t)/float64(10+t))
	pieces(params, workers, func(p, from, to int) { vec.EMA(e.tensors[p].Data[from:to], params[p].Data[from:to], decay) })
}

// Tensors returns the averaged parameters; they are weights of the same network
// (Network.SetTensors, WriteSafetensors). The slices are the average's own.
func (e *EMA) Tensors() []weightfile.Tensor { return e.tensors }

// Restore sets the average from tensors of a checkpoint. On an error nothing is
// changed.
func (e *EMA) Restore(tensors []weightfile.Tensor) error {
	var params []*Param
	for _, t := range e.tensors {
		params = append(params, &Param{Name: t.Name, Shape: t.Shape, Data: t.Data})
	}
	return fill(params, tensors)
}
