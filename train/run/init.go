package run

import (
	"fmt"

	"anila/nn"
	"anila/nn/weightfile"
	"anila/train/model"
)

// initName is a run's own copy of the weights of model.init: resuming needs no other file.
const initName = "init.safetensors"

// loadInit gives a network the weights of a run or a file.
func loadInit(network *nn.Network, path string) error {
	found, err := model.Find(path, model.Options{})
	var w *weightfile.File
	if err == nil {
		w, err = found.Load("")
	}
	if err != nil {
		return fmt.Errorf("train: model.init: %w", err)
	}
	if err := network.SetTensors(w.Tensors); err != nil {
		return fmt.Errorf("train: model.init: %s: %w", found.File, err)
	}
	return nil
}

// saveInit keeps the weights of model.init.
func (r *Run) saveInit() error {
	if r.Config.Init == "" {
		return nil
	}
	return weightfile.SaveSafetensors(r.Folder.Join(initName), r.first, nil)
}
