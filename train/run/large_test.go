package run

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"anila/train/data"
	"anila/train/settings"
)

// anonymous returns the process's anonymous memory in bytes; ok is false where the system does not tell it.
func anonymous(t *testing.T) (n int64, ok bool) {
	t.Helper()
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(b)) {
		if rest, found := strings.CutPrefix(line, "RssAnon:"); found {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kb << 10, err == nil
		}
	}
	return 0, false
}

// TestArrayLargerThanMemory: a sparse array of 20 GB, whose persistent chains would be as many, trains in less than 1 GB.
func TestArrayLargerThanMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes a bank of 600 MB; the race detector has a shadow of it")
	}
	const items = 1_650_000 // of 32×32×3 float32: 20.3 GB
	dict := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 32, 32, 3), }", items)
	dict += strings.Repeat(" ", 63-(len(dict)+10)%64) + "\n"
	var head bytes.Buffer
	head.WriteString("\x93NUMPY\x01\x00")
	binary.Write(&head, binary.LittleEndian, uint16(len(dict)))
	head.WriteString(dict)
	path := filepath.Join(t.TempDir(), "large.npy")
	if err := os.WriteFile(path, head.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(head.Len())+items*32*32*3*4); err != nil {
		t.Skip("the file system takes no sparse file of 20 GB: ", err)
	}
	runtime.GC()
	before, told := anonymous(t)
	cfg, source, _, err := settings.Pick(context.Background(), data.Place{Name: path}, settings.Layers{Settings: []string{"model.net=mlp",
		"model.widths=[8]", "chains.start=persistent", "chains.bank=0", "chains.count=4", "sampler.steps=1", "train.batch=4", "train.iterations=2", "log.pictures=none"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	run, err := Start(cfg, Options{Dir: filepath.Join(t.TempDir(), "run"), Opened: source})
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	if bank := run.Trainer().Snapshot().Bank.Rows(); bank < 50_000 || bank >= items {
		t.Errorf("a bank of %d states", bank)
	}
	if _, err := run.Train(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if after, _ := anonymous(t); told && after-before > 1e9 {
		t.Errorf("training takes %d MB", (after-before)/1e6)
	} else {
		t.Logf("training takes %d MB", (after-before)/1e6)
	}
}
