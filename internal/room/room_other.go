//go:build !linux

package room

func free(string) (int64, error) { return Unknown, nil }

func addressSpace() (most, used int64, ok bool) { return 0, 0, false }
