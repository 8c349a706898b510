package weightfile_test

import (
	"fmt"
	"os"
	"path/filepath"

	"anila/nn/weightfile"
)

// A state dict for PyTorch, and back. What a file holds beside tensors of floats is named.
func Example() {
	dir, err := os.MkdirTemp("", "weights")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "net.pth")
	tensors := []weightfile.Tensor{{Name: "f.0.weight", Shape: []int{2, 1}, Data: []float32{0.5, -1}}}
	if err := weightfile.Save(path, tensors, map[string]string{"net": "own"}); err != nil {
		fmt.Println(err)
		return
	}
	file, err := weightfile.Load(path, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(file.Form, file.Tensors, file.Metadata, file.LeftOut)
	// Output: file of torch.save [{f.0.weight [2 1] [0.5 -1]}] map[net:own] []
}
