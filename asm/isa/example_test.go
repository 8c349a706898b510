package isa_test

import (
	"fmt"

	"anila/asm/isa"
)

// A tier lower than the best is put in force for a comparison, and taken back.
func ExampleSelect() {
	best := isa.Current()
	if err := isa.Select("generic"); err != nil {
		fmt.Println(err)
	}
	fmt.Println(isa.Current())
	isa.Select(best.String())
	fmt.Println(isa.Current() == best)
	// Output:
	// generic
	// true
}
