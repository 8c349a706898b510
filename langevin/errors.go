package langevin

import (
	"fmt"
	"strings"
)

// FieldError says that a field of a Config or StartConfig cannot have its value.
// It speaks of Go's field; who reads configurations of another form adds the
// word that they have for it.
type FieldError struct {
	Field string // as Go spells it: "NoiseForm"
	Value any
	Want  string // what would be right
}

func (e *FieldError) Error() string {
	return fmt.Sprintf("langevin: %s is %#v: want %s", e.Field, e.Value, e.Want)
}

// FieldErrors is what Validate returns: one error for each field that is wrong,
// in the order of the fields' rules.
type FieldErrors []*FieldError

func (e FieldErrors) Error() string {
	lines := make([]string, len(e))
	for i, field := range e {
		lines[i] = field.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives errors.As and errors.Is the single errors.
func (e FieldErrors) Unwrap() []error {
	all := make([]error, len(e))
	for i, field := range e {
		all[i] = field
	}
	return all
}

// check notes that a field's value is not ok. The first rule that a field breaks
// is the one that is told.
func (e *FieldErrors) check(ok bool, field string, value any, want string) {
	if ok {
		return
	}
	for _, known := range *e {
		if known.Field == field {
			return
		}
	}
	*e = append(*e, &FieldError{field, value, want})
}

// err is e as an error: nil where nothing is wrong.
func (e FieldErrors) err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// StartError says that chains start where they cannot: f or a coordinate of ∇f
// is not a finite number there. Metropolis kernels may stand still at such a
// state for ever, and the others carry it on.
type StartError struct {
	Count, Chains int // how many of all chains
	Chain         int // the first of them
	F             float64
}

func (e *StartError) Error() string {
	what := fmt.Sprintf("f is %v", e.F)
	if finite(e.F) {
		what = "f is finite but ∇f is not"
	}
	return fmt.Sprintf("langevin: %d of %d chains start where the log-density is not finite (chain %d: %s)",
		e.Count, e.Chains, e.Chain, what)
}
