package langevin

import (
	"fmt"

	"anila/internal/field"
)

// FieldError says that a field of a Config or StartConfig cannot have its value.
// It speaks of Go's field; who reads configurations of another form adds the
// word that they have for it.
type FieldError = field.Error

// FieldErrors is what Validate returns: one error for each field that is wrong,
// in the order of the fields' rules.
type FieldErrors = field.Errors

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
	if field.Finite(e.F) {
		what = "f is finite but ∇f is not"
	}
	return fmt.Sprintf("langevin: %d of %d chains start where the log-density is not finite (chain %d: %s)",
		e.Count, e.Chains, e.Chain, what)
}
