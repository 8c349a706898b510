package settings_test

import (
	"errors"
	"fmt"

	"anila/train/settings"
)

// A preset, with some of its settings changed; a key that is none is an error with the nearest one.
func ExampleResolve() {
	c, err := settings.Resolve(settings.Layers{Preset: "rings-small", Settings: []string{"train.iterations=100", "sampler.kernel=langevin"}})
	fmt.Println(c.Iterations, c.Train.Sampler.Kernel, err)
	_, err = settings.Resolve(settings.Layers{Settings: []string{"sampler.kernl=mala"}})
	var wrong *settings.KeyError
	fmt.Println(errors.As(err, &wrong), err)
	// Output:
	// 100 langevin <nil>
	// true train: --set: unknown key "sampler.kernl"; the nearest key is sampler.kernel
}
