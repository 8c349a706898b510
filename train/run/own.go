package run

import (
	"path/filepath"
	"strings"

	"anila/train"
	"anila/train/data"
)

// underlying is the array that a source's items come from.
func underlying(source train.Source) (*data.ArraySet, bool) {
	set, ok := source.(data.Set)
	if !ok {
		return nil, false
	}
	a, ok := data.Underlying(set).(*data.ArraySet)
	return a, ok
}

// baseName is the name of data without folders and ending.
func baseName(name string) string {
	name = filepath.Base(name)
	return strings.TrimSuffix(name, filepath.Ext(name))
}
