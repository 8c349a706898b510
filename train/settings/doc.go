// Package settings is the language in which a training run is described: keys with their meaning, presets, TOML files, and
// what is wrong with a value. The values themselves are the configurations of the packages that compute (langevin.Config,
// nn.Spec, train.Config); those packages say what may be, this one says it by key.
package settings
