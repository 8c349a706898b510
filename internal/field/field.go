// Package field says what is wrong with the fields of a configuration, all at once. It speaks of Go's fields; who reads
// configurations of another form has words of their own for them.
package field

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Error says that a field cannot have its value.
type Error struct {
	Field string // as Go spells it, with a dot between a part and its field: "Sampler.NoiseForm"
	Value any
	Want  string // what would be right; other fields are spelt as in Go, too
}

func (e *Error) Error() string { return fmt.Sprintf("%s is %#v: want %s", e.Field, e.Value, e.Want) }

// Errors has one error for each field that is wrong, in the order of the fields' rules.
type Errors []*Error

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives errors.As and errors.Is the single errors.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, one := range e {
		all[i] = one
	}
	return all
}

// Check notes that a field's value is not ok. The first rule that a field breaks is the one that is told.
func (e *Errors) Check(ok bool, field string, value any, want string) {
	if !ok && !slices.ContainsFunc(*e, func(known *Error) bool { return known.Field == field }) {
		*e = append(*e, &Error{field, value, want})
	}
}

// OneOf checks a name.
func (e *Errors) OneOf(field, value string, names []string) {
	e.Check(slices.Contains(names, value), field, value, oneOf+strings.Join(names, ", "))
}

const oneOf = "one of "

// Names returns those that OneOf wants; nil of other errors.
func (e *Error) Names() []string {
	if list, ok := strings.CutPrefix(e.Want, oneOf); ok {
		return strings.Split(list, ", ")
	}
	return nil
}

// Part takes over what is wrong with a part of the configuration.
func (e *Errors) Part(name string, err error) {
	part, _ := err.(Errors)
	for _, one := range part {
		e.Check(false, name+"."+one.Field, one.Value, one.Want)
	}
}

// Err is e as an error: nil where nothing is wrong.
func (e Errors) Err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// Finite tells whether x is a number.
func Finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// Positive tells whether x is a number > 0.
func Positive(x float64) bool { return Finite(x) && x > 0 }

// AtLeast0 tells whether x is a number ≥ 0.
func AtLeast0(x float64) bool { return Finite(x) && x >= 0 }
