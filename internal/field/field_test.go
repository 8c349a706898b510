package field

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

// TestErrors: the first rule that a field breaks is told, of every field, parts by their name; errors.As finds them.
func TestErrors(t *testing.T) {
	var part, errs Errors
	part.OneOf("Name", "b", []string{"x", "y"})
	part.Check(true, "Fine", 1, "nothing")
	errs.Part("Part", part.Err())
	errs.Part("Sound", Errors{}.Err())
	errs.Check(false, "N", 0, "an integer ≥ 1")
	errs.Check(false, "N", 0, "an even integer")
	err := fmt.Errorf("room: %w", errs.Err())
	if got, want := err.Error(), "room: Part.Name is \"b\": want one of x, y\nN is 0: want an integer ≥ 1"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	var one *Error
	if !errors.As(err, &one) || one.Field != "Part.Name" || !slices.Equal(one.Names(), []string{"x", "y"}) || errs[1].Names() != nil {
		t.Errorf("%+v", one)
	}
	if err := (Errors{}).Err(); err != nil {
		t.Error(err)
	}
}
