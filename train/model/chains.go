package model

import (
	"fmt"
	"path/filepath"

	"anila/nn/weightfile"
)

// ChainFiles are the files of a checkpoint that hold chains and bank: one for each shard, in order.
func ChainFiles(shards int) []string {
	if shards <= 1 {
		return []string{"chains.safetensors"}
	}
	names := make([]string, shards)
	for i := range names {
		names[i] = fmt.Sprintf("chains-%05d-of-%05d.safetensors", i+1, shards)
	}
	return names
}

// LoadChains reads the chains and the bank, nil without one, of some of a checkpoint's ChainFiles.
func LoadChains(dir string, files []string) (chains, bank []float32, err error) {
	for _, name := range files {
		tensors, _, err := weightfile.LoadSafetensors(filepath.Join(dir, name))
		if err != nil {
			return nil, nil, err
		}
		for _, t := range tensors {
			to := &chains
			if t.Name == "bank" {
				to = &bank
			}
			if len(*to) == 0 {
				*to = t.Data
			} else {
				*to = append(*to, t.Data...)
			}
		}
	}
	return chains, bank, nil
}
