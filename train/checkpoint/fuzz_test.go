package checkpoint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzChecksums: a list of checksums that does not belong to the files beside it is an error, whatever it says, and no file
// outside the checkpoint is looked at.
func FuzzChecksums(f *testing.F) {
	root := f.TempDir()
	dir := Dir(root, 1)
	if err := os.Mkdir(dir, 0o777); err != nil {
		f.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "weights"), []byte("abc"), 0o666); err != nil {
		f.Fatal(err)
	}
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // FIPS 180-4
	f.Add([]byte(abc + "  weights\n"))
	f.Add([]byte(abc + "  ../weights\n"))
	f.Add([]byte(abc + "  /etc/passwd\n\n"))
	f.Add([]byte("00  .\n"))
	f.Fuzz(func(t *testing.T, list []byte) {
		if err := os.WriteFile(filepath.Join(dir, checksums), list, 0o666); err != nil {
			t.Fatal(err)
		}
		err := Verify(OS{}, root, 1)
		good := true
		for _, line := range strings.Split(strings.TrimSuffix(string(list), "\n"), "\n") {
			good = good && strings.EqualFold(line, abc+"  weights") && strings.HasSuffix(line, "  weights")
		}
		if good != (err == nil) {
			t.Fatalf("%q: %v", list, err)
		}
	})
}
