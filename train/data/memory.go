package data

import (
	"fmt"

	"anila/internal/room"
)

// Memory is what the images take, in bytes.
func (s *Images) Memory() int64 { return int64(len(s.pixels)) + 2*int64(len(s.labels)) }

// Memory is what the items take, in bytes: nothing where they lie in a file.
func (s *ArraySet) Memory() int64 {
	switch m := s.source.(type) {
	case memory:
		return 4 * int64(len(m))
	case packed:
		return 4*int64(len(m.values)) + 8*int64(len(m.kept))
	}
	return 0
}

// Memory is what a source's items take, in bytes, below its parts and scalings, and with their indices.
func Memory(s Source) (bytes int64) {
	for {
		if p, ok := s.(part); ok {
			bytes += 8 * int64(len(p.index))
		}
		u, ok := s.(interface{ Under() Set })
		if !ok {
			break
		}
		s = u.Under()
	}
	if m, ok := s.(interface{ Memory() int64 }); ok {
		bytes += m.Memory()
	}
	return bytes
}

// checkRoom refuses n images of size×size×channels that no memory could hold.
func checkRoom(n, size, channels int) error {
	if _, err := room.CheckMemory(float64(n) * float64(size) * float64(size) * float64(channels)); err != nil {
		return fmt.Errorf("data: %d images of %d×%d: %w", n, size, size, err)
	}
	return nil
}
