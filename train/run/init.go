package run

import (
	"fmt"
	"io/fs"

	"anila/nn"
	"anila/nn/weightfile"
	"anila/train/model"
)

// initName is a run's own copy of the weights of model.init: resuming needs no other file.
const initName = "init.safetensors"

// loadInit gives a network the weights of a run, a file or a model that the program carries.
func loadInit(network *nn.Network, path string, carried fs.FS) error {
	found, err := model.Find(path, model.Options{Carried: carried})
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
