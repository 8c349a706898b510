package nn

import (
	"fmt"

	"anila/tensor"
)

// conv is a convolution with optional bias. Linear layers are convolutions whose
// kernel is the whole image: PyTorch's [out, C·H·W] over an image flattened in
// C, H, W order is OIHW with an H×W kernel.
type conv struct {
	shape        tensor.Conv
	weight, bias *Param // bias may be nil
	normalised   bool   // spectral normalisation

	// Set in the compiled copy. A value that is added to its sum (the second input) and
	// the activations on both sides are fused into it, where a leak of 1 means that
	// there is no leaky ReLU:
	//
	//	forward:   x, the output of an activation → sum → leaky ReLU (leak) or swish → y
	//	backward:  dx = that activation's derivative · Wᵀ*(dy), dy that of the sum
	//
	// so that whoever comes before finds the gradient of its own sum in dx. The
	// derivative is a leaky ReLU's (inputLeak) at x or the slope of a swish.
	plan      *tensor.ConvPlan
	packed    *tensor.ConvWeights
	norm      *spectral // nil if not normalised
	pooled    *pooled   // nil if no average pooling is a part of it
	leak      float32
	inputLeak float32
}

// Conv adds a two-dimensional convolution (cross-correlation, as in PyTorch) of x
// with a kernel×kernel window, the given stride, and pad zeros on every side. Its
// parameters are name.weight [out, in, kernel, kernel] and, with bias, name.bias
// [out]. A name used before with the same shapes shares those parameters.
func (g *Graph) Conv(name string, x *Value, out, kernel, stride, pad int, bias bool) *Value {
	c := tensor.Conv{InH: x.h, InW: x.w, InC: x.c, OutC: out, KernelH: kernel, KernelW: kernel, Stride: stride, Padding: pad}
	return g.conv(name, x, c, []int{out, x.c, kernel, kernel}, bias)
}

// Linear adds a fully connected layer. It flattens x in C, H, W order, as
// PyTorch's flatten of an NCHW tensor does. Its parameters are name.weight
// [out, C·H·W] and, with bias, name.bias [out]; the result is 1×1×out.
func (g *Graph) Linear(name string, x *Value, out int, bias bool) *Value {
	if _, ok := x.op.(*flatten); ok {
		x = x.inputs[0]
	}
	c := tensor.Conv{InH: x.h, InW: x.w, InC: x.c, OutC: out, KernelH: x.h, KernelW: x.w, Stride: 1}
	return g.conv(name, x, c, []int{out, x.Len()}, bias)
}

func (g *Graph) conv(name string, x *Value, c tensor.Conv, weight []int, bias bool) *Value {
	if name == "" || c.OutC < 1 || c.Stride < 1 || c.Padding < 0 || c.KernelH < 1 ||
		c.InH+2*c.Padding < c.KernelH || c.InW+2*c.Padding < c.KernelW {
		panic(fmt.Sprintf("nn: convolution %q does not fit: %v", name, c))
	}
	init := fanInBound(c.InC * c.KernelH * c.KernelW)
	o := &conv{shape: c, weight: g.param(name+".weight", weight, init), leak: 1, inputLeak: 1}
	if bias {
		o.bias = g.param(name+".bias", []int{c.OutC}, init)
	}
	return g.add(o, c.OutH(), c.OutW(), c.OutC, x)
}

// compiled returns the copy that a program runs, with the average pooling and the leaky
// ReLU, 1 for none, that follow it.
func (c *conv) compiled(pools bool, leak float32) *conv {
	o := *c
	o.leak = leak
	shape := c.shape
	if pools {
		o.pooled, shape = newPooled(shape)
	}
	o.plan = tensor.NewConvPlan(shape)
	return &o
}

// allocate takes the memory of the compiled copy.
func (c *conv) allocate() {
	c.packed = c.plan.NewWeights()
	if c.pooled != nil {
		c.pooled.allocate(c.plan.WeightSize())
	}
	if c.normalised {
		c.norm = newSpectral(c.weight)
	}
}

// pack brings the parameters into the form that the kernels read.
func (c *conv) pack(team *tensor.Workers) {
	var bias []float32
	if c.bias != nil {
		bias = c.bias.Data
	}
	weight := c.weight.Data
	if c.norm != nil {
		weight = c.norm.normalise(weight, team)
	}
	if c.pooled != nil {
		weight = c.pooled.spread(weight)
	}
	c.packed.Pack(weight, bias, team)
}

func (c *conv) name() string { return "Conv" }

func (c *conv) forward(y []float32, x [][]float32, n int, with resources) {
	e := tensor.Epilogue{Leak: c.leak, Slope: with.slope}
	if len(x) > 1 {
		e.Add = x[1]
	}
	c.plan.Forward(y, x[0], n, c.packed, e, with.scratch, with.team)
}

// vjp: dx = mask ⊙ (Wᵀ * dy), where dy is already the gradient before this
// convolution's own activation; that of what is added to the sum is dy.
func (c *conv) vjp(k int, dx, dy []float32, x [][]float32, y []float32, n int, with resources) {
	if k == 1 {
		copy(dx, dy)
		return
	}
	e := tensor.Epilogue{Leak: 1, Add: with.add, Slope: with.slope}
	if c.inputLeak != 1 {
		e.Leak, e.Act = c.inputLeak, x[0]
	}
	c.plan.InputGradient(dx, dy, n, c.packed, e, with.scratch, with.team)
}

func (c *conv) reads(k int) valueReads {
	if k == 0 && c.inputLeak != 1 {
		return valueReads{inputs: []int{0}}
	}
	return valueReads{}
}

func (c *conv) scratch(n int, team *tensor.Workers) int { return c.plan.Scratch(n, team) }

// weightGradient adds Σₙ x ⋆ dy to the gradients of weight and bias. That of a
// normalised weight waits for norm.addGradient.
func (c *conv) weightGradient(x, dy []float32, n int, with resources) {
	var db []float32
	if c.bias != nil {
		db = c.bias.Grad
	}
	dw := c.weight.Grad
	if c.norm != nil {
		dw = c.norm.grad
	}
	if c.pooled != nil {
		c.plan.WeightGradient(c.pooled.grad, db, x, dy, n, with.scratch, with.team)
		c.pooled.gather(dw)
		return
	}
	c.plan.WeightGradient(dw, db, x, dy, n, with.scratch, with.team)
}

// macs is the number of multiply-adds of one forward pass over one image, with
// those that fall on padding, of the convolution as it was drawn.
func (c *conv) macs() int { return c.shape.OutSize() * c.shape.WeightSize() / c.shape.OutC }

// ZeroInit makes the parameters of the convolution or linear layer that v came
// from start at zero (the last layer of a residual block), and returns v.
func (g *Graph) ZeroInit(v *Value) *Value {
	c, ok := v.op.(*conv)
	if !ok {
		panic("nn: ZeroInit: not the value of a convolution or linear layer")
	}
	c.weight.init = initializer{}
	if c.bias != nil {
		c.bias.init = initializer{}
	}
	return v
}
