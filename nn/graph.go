package nn

import (
	"fmt"
	"slices"
)

// Value is one node of a Graph: for each image a block of h×w×c floats, stored
// [n, h, w, c]. Where an op wants a matrix it takes h·w rows of c columns.
type Value struct {
	graph   *Graph
	id      int
	h, w, c int
	op      op // nil for the input
	inputs  []*Value
}

// Shape returns the height, width and channels of v for one image.
func (v *Value) Shape() (h, w, c int) { return v.h, v.w, v.c }

// Len returns the number of floats of v for one image.
func (v *Value) Len() int { return v.h * v.w * v.c }

// String is the shape, "8×8×64".
func (v *Value) String() string { return fmt.Sprintf("%d×%d×%d", v.h, v.w, v.c) }

// rows returns the rows of v seen as a matrix; it has c columns.
func (v *Value) rows() int { return v.h * v.w }

// Graph is a network being drawn: a list of values, each an op on earlier ones.
// Its methods panic on shapes that do not fit, because that is a mistake in the
// program that draws it.
type Graph struct {
	values []*Value
	params []*Param
	byName map[string]*Param
}

// NewGraph returns a graph whose input is an image of h×w×c.
func NewGraph(h, w, c int) *Graph {
	if h < 1 || w < 1 || c < 1 {
		panic(fmt.Sprintf("nn: NewGraph: image of %d×%d×%d", h, w, c))
	}
	g := &Graph{byName: map[string]*Param{}}
	g.add(nil, h, w, c)
	return g
}

// Input returns the image.
func (g *Graph) Input() *Value { return g.values[0] }

func (g *Graph) add(o op, h, w, c int, inputs ...*Value) *Value {
	for _, x := range inputs {
		if x == nil || x.graph != g {
			panic("nn: " + o.name() + ": an input is not a value of this graph")
		}
	}
	v := &Value{graph: g, id: len(g.values), h: h, w: w, c: c, op: o, inputs: inputs}
	g.values = append(g.values, v)
	return v
}

// param returns the parameter of that name, making it on first use. A second use
// with the same shape shares it: its gradient is then the sum over the uses.
func (g *Graph) param(name string, shape []int, init initializer) *Param {
	if p, ok := g.byName[name]; ok {
		if !slices.Equal(p.Shape, shape) {
			panic(fmt.Sprintf("nn: parameter %q has shape %v, and is used again with %v", name, p.Shape, shape))
		}
		return p
	}
	p := &Param{Name: name, Shape: slices.Clone(shape), init: init}
	g.params = append(g.params, p)
	g.byName[name] = p
	return p
}
