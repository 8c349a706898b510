package checkpoint_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"anila/train/checkpoint"
)

// The newest checkpoint whose files have their checksums is found; a damaged one is passed over, and named.
func Example() {
	root, err := os.MkdirTemp("", "checkpoints")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(root)
	for _, step := range []int64{100, 200} {
		_, err := checkpoint.Write(checkpoint.OS{}, root, step, []checkpoint.Entry{{Name: "counter", Write: func(w io.Writer) error {
			_, err := fmt.Fprintln(w, step)
			return err
		}}})
		if err != nil {
			fmt.Println(err)
			return
		}
	}
	if err := os.WriteFile(filepath.Join(checkpoint.Dir(root, 200), "counter"), []byte("999\n"), 0o666); err != nil {
		fmt.Println(err)
		return
	}
	found, err := checkpoint.Newest(checkpoint.OS{}, root)
	fmt.Println(found.Step, len(found.Damaged), err)
	// Output: 100 1 <nil>
}
